#include "ldap/reader.h"

#include <ldap.h>

#include <algorithm>

#include "ldap/ranges.h"
#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

constexpr int kMostEmptyPages = 1000;  // a cookie that leads nowhere must end some day

struct MessageFree {
  void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
using Message = std::unique_ptr<LDAPMessage, MessageFree>;

struct ControlFree {
  void operator()(LDAPControl* control) const { ldap_control_free(control); }
};

std::string_view view(const berval& value) {
  return value.bv_val == nullptr ? std::string_view{} : std::string_view{value.bv_val, value.bv_len};
}

int native_scope(Scope scope) {
  switch (scope) {
    case Scope::base:
      return LDAP_SCOPE_BASE;
    case Scope::one_level:
      return LDAP_SCOPE_ONELEVEL;
    case Scope::subtree:
      return LDAP_SCOPE_SUBTREE;
  }
  return LDAP_SCOPE_SUBTREE;
}

// Runs one search request and hands its entries over. Buffers are reused from entry to entry.
class Stream {
 public:
  Stream(Connection& connection, const Search& what, const EntryHandler& entry)
      : connection_(connection), handle_(static_cast<LDAP*>(connection.native())), what_(what), entry_(entry) {
    for (const std::string& name : what.attributes) attributes_.push_back(const_cast<char*>(name.c_str()));
    attributes_.push_back(nullptr);
  }

  // `cookie` goes in as the page to ask for, comes out as the next one (empty: the last page has been).
  // `page_size` 0: no paging. Returns the library's or the server's code.
  int request(unsigned page_size, std::string& cookie);

  SearchEnd end;

 private:
  int wait(int id, std::string& cookie);
  bool deliver(LDAPMessage* message);
  int finish(LDAPMessage* message, std::string& cookie);

  Connection& connection_;
  LDAP* handle_;
  const Search& what_;
  const EntryHandler& entry_;
  std::vector<char*> attributes_;
  std::vector<std::string_view> values_;
  std::vector<AttributeView> names_;
  std::vector<std::pair<std::size_t, std::size_t>> spans_;  // of each name's values
};

int Stream::request(unsigned page_size, std::string& cookie) {
  std::unique_ptr<LDAPControl, ControlFree> page;
  if (page_size > 0) {
    berval from{cookie.size(), cookie.data()};
    LDAPControl* made = nullptr;
    const int code = ldap_create_page_control(handle_, static_cast<ber_int_t>(page_size), &from, 0, &made);
    if (code != LDAP_SUCCESS) return code;
    page.reset(made);
  }
  cookie.clear();
  LDAPControl* controls[] = {page.get(), nullptr};
  connection_.watchdog().expect_within(connection_.options().operation_timeout);
  int id = 0;
  const int sent = ldap_search_ext(handle_, what_.base.c_str(), native_scope(what_.scope), what_.filter.c_str(),
                                   what_.attributes.empty() ? nullptr : attributes_.data(), 0, controls, nullptr,
                                   nullptr, static_cast<int>(what_.size_limit), &id);
  const int code = sent == LDAP_SUCCESS ? wait(id, cookie) : sent;
  connection_.watchdog().rest();
  ++end.pages;
  return code;
}

int Stream::wait(int id, std::string& cookie) {
  timeval patience{static_cast<time_t>(connection_.options().operation_timeout.count() / 1000 + 1), 0};
  for (;;) {
    LDAPMessage* received = nullptr;
    const int type = ldap_result(handle_, id, LDAP_MSG_ONE, &patience, &received);
    const Message message(received);
    connection_.watchdog().expect_within(connection_.options().operation_timeout);
    switch (type) {
      case LDAP_RES_SEARCH_ENTRY:
        if (!deliver(message.get())) return LDAP_DECODING_ERROR;
        ++end.entries;
        break;
      case LDAP_RES_SEARCH_REFERENCE:
        ++end.references;
        break;
      case LDAP_RES_SEARCH_RESULT:
        return finish(message.get(), cookie);
      case 0:
        return LDAP_TIMEOUT;
      case -1: {
        int code = LDAP_SERVER_DOWN;
        ldap_get_option(handle_, LDAP_OPT_RESULT_CODE, &code);
        return code == LDAP_SUCCESS ? LDAP_SERVER_DOWN : code;
      }
      default:
        break;  // intermediate responses (RFC 4511, 4.13) of controls that we did not send
    }
  }
}

bool Stream::deliver(LDAPMessage* message) {
  BerElement* ber = nullptr;
  berval dn{};
  if (ldap_get_dn_ber(handle_, message, &ber, &dn) != LDAP_SUCCESS) return false;
  values_.clear();
  names_.clear();
  spans_.clear();
  int code = LDAP_SUCCESS;
  for (;;) {
    berval name{};
    BerVarray values = nullptr;
    code = ldap_get_attribute_ber(handle_, message, ber, &name, &values);
    if (code != LDAP_SUCCESS || name.bv_val == nullptr) break;
    const std::size_t first = values_.size();
    for (BerVarray v = values; v != nullptr && v->bv_val != nullptr; ++v) values_.push_back(view(*v));
    ldap_memfree(values);  // the array; the bytes belong to the message
    names_.push_back({view(name), {}});
    spans_.emplace_back(first, values_.size() - first);
  }
  ber_free(ber, 0);
  if (code != LDAP_SUCCESS) return false;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    names_[i].values = std::span<const std::string_view>(values_).subspan(spans_[i].first, spans_[i].second);
  }
  entry_(EntryView{view(dn), names_});
  return true;
}

int Stream::finish(LDAPMessage* message, std::string& cookie) {
  int code = LDAP_OTHER;
  LDAPControl** controls = nullptr;
  const int parsed = ldap_parse_result(handle_, message, &code, nullptr, nullptr, nullptr, &controls, 0);
  if (parsed != LDAP_SUCCESS) code = parsed;
  if (code == LDAP_SUCCESS && controls != nullptr) {
    if (LDAPControl* page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, nullptr)) {
      ber_int_t estimate = 0;
      berval next{};
      code = ldap_parse_pageresponse_control(handle_, page, &estimate, &next);
      if (code == LDAP_SUCCESS) cookie.assign(view(next));
      ldap_memfree(next.bv_val);
    }
  }
  if (controls != nullptr) ldap_controls_free(controls);
  return code;
}

std::string quote(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string_view scope_word(Scope scope) {
  return scope == Scope::base ? "base" : scope == Scope::one_level ? "one" : "sub";
}

std::optional<DirectoryError> failed(const Connection& connection, const Search& what, unsigned page_size, int code,
                                     std::string message = {}) {
  if (code == LDAP_SUCCESS) return std::nullopt;
  const bool root = what.base.empty() && what.scope == Scope::base;
  DirectoryError error = connection.failure(root ? Phase::root_dse : Phase::search, code, std::move(message));
  error.command = ldapsearch_line(connection.uri(), connection.options(), what, page_size);
  return error;
}

// All pages on this one connection: a cookie means nothing to another server (it would start again from page one).
std::optional<DirectoryError> all_pages(Connection& connection, const Search& what, unsigned page_size,
                                        const EntryHandler& entry, SearchEnd& end) {
  Stream stream(connection, what, entry);
  std::string cookie;
  int empty_pages = 0;
  do {
    const std::uint64_t before = stream.end.entries;
    const int code = stream.request(page_size, cookie);
    if (auto error = failed(connection, what, page_size, code)) return error;
    empty_pages = stream.end.entries == before ? empty_pages + 1 : 0;
    if (empty_pages > kMostEmptyPages) {
      return failed(connection, what, page_size, LDAP_PROTOCOL_ERROR, "the server sends empty pages without end");
    }
  } while (!cookie.empty());
  end = stream.end;
  return std::nullopt;
}

// Reads one entry whose values come in ranges, whole.
std::optional<DirectoryError> read_ranged(Connection& connection, const Search& what, const std::string& dn,
                                          const EntryHandler& entry) {
  RangedEntry whole(dn);
  Search one{dn, Scope::base, "(objectClass=*)", what.attributes};
  do {
    Stream stream(connection, one, [&](const EntryView& part) { whole.add(part); });
    std::string no_cookie;
    if (auto error = failed(connection, one, 0, stream.request(0, no_cookie))) return error;
    if (stream.end.entries == 0) {
      return failed(connection, one, 0, LDAP_PROTOCOL_ERROR, "the entry went away while its values were read");
    }
    if (whole.stuck()) return failed(connection, one, 0, LDAP_PROTOCOL_ERROR, "a range of values does not go on");
    one.attributes = whole.missing();
  } while (!one.attributes.empty());
  whole.deliver(entry);
  return std::nullopt;
}

}  // namespace

SearchOutcome search(Connection& connection, const Search& what, unsigned page_size, const EntryHandler& entry) {
  std::vector<std::string> ranged;
  const EntryHandler whole_ones = [&](const EntryView& seen) {
    if (has_ranges(seen)) {
      ranged.emplace_back(seen.dn);
    } else {
      entry(seen);
    }
  };
  SearchEnd end;
  if (auto error = all_pages(connection, what, page_size, whole_ones, end)) return std::move(*error);
  for (const std::string& dn : ranged) {
    if (auto error = read_ranged(connection, what, dn, entry)) return std::move(*error);
  }
  return end;
}

std::string ldapsearch_line(const std::string& uri, const ServerOptions& options, const Search& what,
                            unsigned page_size) {
  std::string line;
  if (!options.ca_file.empty()) line += "LDAPTLS_CACERT=" + quote(options.ca_file) + " ";
  line += "ldapsearch -x -LLL -H " + quote(uri);
  if (options.start_tls) line += " -ZZ";
  if (!options.bind_dn.empty()) line += " -D " + quote(options.bind_dn) + " -W";
  if (page_size > 0) line += " -E pr=" + std::to_string(page_size) + "/noprompt";
  if (what.size_limit > 0) line += " -z " + std::to_string(what.size_limit);
  line += " -b " + quote(what.base) + " -s " + std::string(scope_word(what.scope)) + " " + quote(what.filter);
  for (const std::string& name : what.attributes) line += " " + quote(name);
  return line;
}

std::variant<RootDse, DirectoryError> read_root_dse(Connection& connection) {
  RootDse root;
  const Search what{"",
                    Scope::base,
                    "(objectClass=*)",
                    {"namingContexts", "supportedControl", "supportedCapabilities", "vendorName"}};
  const SearchOutcome outcome = search(connection, what, 0, [&](const EntryView& entry) {
    root.vendor = printable(entry.first("vendorName"));
    for (const std::string_view name : entry.all("namingContexts")) root.naming_contexts.emplace_back(name);
    for (const std::string_view oid : entry.all("supportedControl")) root.controls.emplace_back(oid);
    for (const std::string_view oid : entry.all("supportedCapabilities")) {
      if (oid == "1.2.840.113556.1.4.800") root.kind = ServerKind::active_directory;
    }
  });
  if (const auto* error = std::get_if<DirectoryError>(&outcome)) return *error;
  if (root.vendor.find("389") != std::string::npos) root.kind = ServerKind::ds389;
  root.pages = std::find(root.controls.begin(), root.controls.end(), LDAP_CONTROL_PAGEDRESULTS) != root.controls.end();
  return root;
}

unsigned page_size_for(const RootDse& root, unsigned configured) {
  if (configured > 0) return configured;
  return root.kind == ServerKind::active_directory ? 1000 : 0;
}

std::string_view to_string(ServerKind kind) {
  switch (kind) {
    case ServerKind::other:
      return "LDAP server";
    case ServerKind::active_directory:
      return "Active Directory";
    case ServerKind::ds389:
      return "389 Directory Server";
  }
  return "LDAP server";
}

}  // namespace rosterd::ldap
