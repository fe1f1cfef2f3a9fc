#include "scim/slices.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace rosterd::scim {
namespace {

constexpr int kMaxDepth = 64;

// Notes where the values of the outermost object begin and end; returning false stops the parser.
class Cutter {
 public:
  Cutter(std::string_view text, const rapidjson::MemoryStream& at) : text_(text), at_(at) { slices_.reserve(16); }

  bool Null() { return end_value(); }
  bool Bool(bool) { return end_value(); }
  bool Int(int) { return end_value(); }
  bool Uint(unsigned) { return end_value(); }
  bool Int64(std::int64_t) { return end_value(); }
  bool Uint64(std::uint64_t) { return end_value(); }
  bool Double(double) { return end_value(); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return end_value(); }
  bool String(const char*, rapidjson::SizeType, bool) { return end_value(); }
  bool StartObject() { return ++depth_ <= kMaxDepth; }
  bool EndObject(rapidjson::SizeType) {
    --depth_;
    return end_value();
  }
  bool StartArray() { return depth_++ > 0 && depth_ <= kMaxDepth; }
  bool EndArray(rapidjson::SizeType) {
    --depth_;
    return end_value();
  }
  bool Key(const char* name, rapidjson::SizeType length, bool) {
    if (depth_ != 1) return true;
    const std::size_t quote = at_.Tell() - 1;
    if (length > quote || text_.substr(quote - length, length) != std::string_view(name, length)) return false;
    std::size_t begin = text_.find(':', quote) + 1;
    begin = text_.find_first_not_of(" \t\r\n", begin);
    if (begin == std::string_view::npos) return false;
    slices_.push_back({text_.substr(quote - length, length), text_.substr(begin, 0)});
    return true;
  }

  std::vector<Slice> take() { return std::move(slices_); }

 private:
  bool end_value() {
    if (depth_ == 0) return !text_.empty() && text_[at_.Tell() - 1] == '}';
    if (depth_ > 1) return true;
    const auto begin = static_cast<std::size_t>(slices_.back().value.data() - text_.data());
    slices_.back().value = text_.substr(begin, at_.Tell() - begin);
    return true;
  }

  std::string_view text_;
  const rapidjson::MemoryStream& at_;
  std::vector<Slice> slices_;
  int depth_ = 0;
};

}  // namespace

std::optional<std::vector<Slice>> slice_object(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  Cutter cutter(text, stream);
  if (reader.Parse<rapidjson::kParseNumbersAsStringsFlag>(stream, cutter).IsError()) return std::nullopt;
  return cutter.take();
}

}  // namespace rosterd::scim
