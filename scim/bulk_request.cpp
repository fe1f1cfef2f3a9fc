#include "scim/bulk_request.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "scim/query_string.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

constexpr std::array<std::string_view, 4> kMethods = {"POST", "PUT", "PATCH", "DELETE"};
constexpr std::size_t kLongestPath = 2048;

// "" when absent or null; nothing when it is no text.
std::optional<std::string> text_of(const Object& given, std::string_view name) {
  const Json* value = given.find(name);
  if (value == nullptr || value->is_null()) return "";
  if (value->string() == nullptr) return std::nullopt;
  return *value->string();
}

Check read_method(const Object& given, BulkOperation& operation, Notes& notes) {
  const auto method = text_of(given, "method");
  const auto known = std::find_if(kMethods.begin(), kMethods.end(),
                                  [&](std::string_view one) { return method && iequals(one, *method); });
  if (known == kMethods.end()) {
    operation.method = excerpt(method.value_or(""), 20);
    return Error::invalid_syntax("method must be POST, PUT, PATCH or DELETE");
  }
  operation.method = *known;
  if (operation.method != *method && !notes.use(Habit::loose_bulk, "method"))
    return Error::invalid_syntax("method must be in upper case");
  return Done{};
}

Check read_path(const BulkReading& reading, const Object& given, BulkOperation& operation) {
  const auto sent = text_of(given, "path");
  if (!sent || sent->empty()) return Error::invalid_syntax("path is required, a text");
  if (sent->size() > kLongestPath) return Error::invalid_syntax("the path is too long");
  std::string_view path = *sent;
  if (path.starts_with(std::string(reading.base_url) + "/")) {
    if (!reading.notes.use(Habit::loose_bulk, "path")) return Error::invalid_syntax("path must be relative");
    path.remove_prefix(reading.base_url.size());
  }
  auto segments = parse_segments(path.substr(0, path.find('?')), reading.notes);
  if (!segments) return segments.error();
  if (segments->empty()) return Error::invalid_syntax("the path names no resource");
  operation.segments = std::move(*segments);
  for (const ResourceType* type : reading.catalogue.types()) {
    if (iequals(std::string_view(type->endpoint).substr(1), operation.segments.front())) operation.type = type;
  }
  return Done{};
}

Check read_data(Json* given, BulkOperation& operation) {
  if (operation.method == "DELETE") return Done{};
  // As RFC 7644 section 3.7.3 shows it in an example.
  if (operation.method == "PATCH" && given != nullptr && given->array() != nullptr) {
    Object whole;
    whole.set("Operations", std::move(*given));
    operation.data = Json(std::move(whole));
    return Done{};
  }
  if (given == nullptr || given->object() == nullptr)
    return Error::invalid_syntax("data is required for " + operation.method + ", an object");
  operation.data = std::move(*given);
  return Done{};
}

Check read_operation(const BulkReading& reading, Object& given, BulkOperation& operation) {
  auto bulk_id = text_of(given, "bulkId");
  if (bulk_id && !bulk_id->empty()) operation.bulk_id = *bulk_id;
  if (Check read = read_method(given, operation, reading.notes); !read) return read;
  if (Check read = read_path(reading, given, operation); !read) return read;
  if (!bulk_id) return Error::invalid_syntax("bulkId must be a text");
  if (operation.method == "POST" && !operation.bulk_id) return Error::invalid_syntax("bulkId is required for POST");
  auto version = text_of(given, "version");
  if (!version) return Error::invalid_syntax("version must be a text");
  if (operation.method == "POST" && !version->empty())
    reading.notes.ignore("the version of a POST in Bulk");
  else
    operation.version = std::move(*version);
  return read_data(given.find("data"), operation);
}

Result<std::size_t> read_most_errors(const Json& body, Notes& notes) {
  const Json* given = body.find("failOnErrors");
  if (given == nullptr || given->is_null()) return std::size_t{0};
  const Number as_text{std::string(given->string_or(""))};
  const auto number = to_integer(given->number() != nullptr ? *given->number() : as_text);
  if (!number || *number < 0) return Error::invalid_syntax("failOnErrors must be a whole number from 1");
  const bool loose = given->number() == nullptr || *number == 0;
  if (loose && !notes.use(Habit::loose_bulk, "failOnErrors"))
    return Error::invalid_syntax("failOnErrors must be a whole number from 1");
  return static_cast<std::size_t>(*number);
}

using Creators = std::unordered_map<std::string_view, std::size_t>;

// Notes what the operation refers to; a name that nothing creates refuses it.
void link(const BulkReading& reading, BulkOperation& operation, const Creators& creators) {
  const auto refer = [&](std::string_view name) -> std::optional<std::string> {
    const auto creator = creators.find(name);
    operation.refers = true;
    if (creator != creators.end())
      operation.needs.push_back(creator->second);
    else if (!operation.refused)
      operation.refused = Error{409, "invalidValue", "no operation of this request creates bulkId:" + excerpt(name)};
    return "bulkId:" + std::string(name);
  };
  for (const std::string& segment : operation.segments) {
    if (const auto name = bulk_reference(segment)) refer(*name);
  }
  replace_references(operation.data, kind_of(operation), reading.catalogue, operation.type, refer);
  std::sort(operation.needs.begin(), operation.needs.end());
  operation.needs.erase(std::unique(operation.needs.begin(), operation.needs.end()), operation.needs.end());
}

}  // namespace

BulkData kind_of(const BulkOperation& operation) {
  return operation.method == "PATCH" ? BulkData::patch : BulkData::resource;
}

Result<BulkRequest> read_bulk(Json body, const BulkReading& reading) {
  Json* list = body.object() != nullptr ? body.object()->find("Operations") : nullptr;
  if (list == nullptr || list->array() == nullptr || list->array()->empty())
    return Error::invalid_syntax("Operations is required, a list");
  const std::size_t most = reading.most_operations;
  if (list->array()->size() > most)
    return Error::plain(413, "the request has more operations than maxOperations (" + std::to_string(most) + ")");
  const auto most_errors = read_most_errors(body, reading.notes);
  if (!most_errors) return most_errors.error();
  BulkRequest request{*most_errors, std::vector<BulkOperation>(list->array()->size())};
  std::vector<BulkOperation>& operations = request.operations;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    Object* given = (*list->array())[i].object();
    if (given == nullptr) return Error::invalid_syntax("operation " + std::to_string(i + 1) + " is no object");
    if (Check read = read_operation(reading, *given, operations[i]); !read) operations[i].refused = read.error();
  }
  Creators names, creators;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (!operations[i].bulk_id) continue;
    const std::string& name = *operations[i].bulk_id;
    if (!names.emplace(name, i).second)
      return Error::invalid_syntax("bulkId " + excerpt(name) + " names two operations");
    if (operations[i].method == "POST") creators.emplace(name, i);
  }
  for (BulkOperation& operation : operations) link(reading, operation, creators);
  return request;
}

}  // namespace rosterd::scim
