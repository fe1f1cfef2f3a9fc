// Command lines of the bench programs: --name VALUE pairs, all with defaults.
#pragma once

#include <charconv>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rosterd::bench {

class Options {
 public:
  // Throws std::invalid_argument for what is no --name VALUE pair, or a name that is not in `known`.
  Options(int argc, char** argv, std::map<std::string, std::string> known) : values_(std::move(known)) {
    for (int i = 1; i < argc; i += 2) {
      const std::string name(argv[i]);
      if (!values_.contains(name)) throw std::invalid_argument("unknown option " + name);
      if (i + 1 == argc) throw std::invalid_argument(name + " needs a value");
      values_[name] = argv[i + 1];
    }
  }

  const std::string& text(const std::string& name) const { return values_.at(name); }
  std::size_t number(const std::string& name) const {
    const std::string& text = values_.at(name);
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) throw std::invalid_argument(name + " needs a number");
    return value;
  }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace rosterd::bench
