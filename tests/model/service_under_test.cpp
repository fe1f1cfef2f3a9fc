#include "tests/model/service_under_test.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>

#include "scim/evaluate.h"
#include "store/blocks.h"
#include "store/sources.h"
#include "store/work.h"

namespace rosterd::model {
namespace {

std::string encoded(const std::string& text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char byte : text) {
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

void sort(Json* elements) {
  if (elements == nullptr) return;
  std::sort(elements->array()->begin(), elements->array()->end(),
            [](const Json& one, const Json& other) { return write_json(one) < write_json(other); });
}

std::string text_at(const Json& body, std::string_view name) {
  const Json* found = body.find(name);
  return found == nullptr ? "" : std::string(found->string_or(""));
}

std::size_t number_at(const Json& body, std::string_view name) {
  const Json* found = body.find(name);
  return found == nullptr ? 0 : std::stoul(found->number()->text);
}

void add_ids(const Json& page, std::vector<std::string>& ids) {
  if (const Json* found = page.find("Resources"))
    for (const Json& one : *found->array()) ids.push_back(text_at(one, "id"));
}

store::Settings settings() {
  store::Settings all;
  store::AccessRule rule;
  rule.name = "sales";
  rule.group = "Sales";
  rule.role = "Staff";
  rule.projects = {"Website"};
  all.access = store::AccessRules({rule});
  return all;
}

}  // namespace

class ServiceUnderTest::Clock final : public store::Clock {
 public:
  store::Instant now() const override { return now_; }
  void advance() { now_ += std::chrono::milliseconds(1'700); }

 private:
  store::Instant now_ = store::from_millis(1'767'225'600'000);
};

Json canonical(Json resource) {
  Object* object = resource.object();
  if (object == nullptr) return resource;
  object->erase("meta");
  object->erase("schemas");
  if (Json* members = object->find("members")) {
    for (Json& member : *members->array()) member.object()->erase("display");
    sort(members);
  }
  Json* access = object->find("urn:rosterd:params:scim:schemas:extension:access:2.0:User");
  if (access == nullptr) return resource;
  Json* blocks = access->object()->find("blocks");
  for (Json& block : *blocks->array()) block.object()->erase("since");
  sort(blocks);
  return resource;
}

std::string Answer::scim_type() const {
  return text_at(body, "scimType");
}

std::string Answer::id() const {
  return text_at(body, "id");
}

std::string Answer::meta() const {
  const Json* meta = body.find("meta");
  return meta == nullptr ? "" : text_at(*meta, "version") + " " + text_at(*meta, "lastModified");
}

Json Answer::versioned() const {
  Json all = shown();
  if (all.object() != nullptr) all.object()->erase("groups");
  return all;
}

ServiceUnderTest::ServiceUnderTest(int sources) : clock_(std::make_unique<Clock>()) {
  std::string pattern = (std::filesystem::temp_directory_path() / "rosterd-model-XXXXXX").string();
  directory_ = ::mkdtemp(pattern.data());
  store_ = store::Store::open({.directory = directory_.string()}, *clock_);
  store_->configure(settings());
  for (int i = 0; i < sources; ++i)
    sources_.push_back(store_->write({store::kLocal, "test"}, [&](store::Unit& unit) {
      return store::ensure_source(unit, "scim:" + std::to_string(i));
    }));
}

ServiceUnderTest::~ServiceUnderTest() {
  store_.reset();
  std::filesystem::remove_all(directory_);
}

Answer ServiceUnderTest::send(int source, const std::string& method, const std::string& target,
                              const std::string& body) {
  if (method != "GET") {
    last_ = "\n" + method + " " + target + " of " + std::to_string(source) + "\n" + body;
    last_kind_ = method + " " + target.substr(0, target.find('/', 1));
  }
  clock_->advance();
  scim::Request request;
  request.method = method;
  const std::size_t question = std::min(target.find('?'), target.size());
  request.path = target.substr(0, question);
  request.query = target.substr(std::min(question + 1, target.size()));
  request.body = body;
  scim::Connection connection;
  connection.source = sources_[static_cast<std::size_t>(source)];
  const scim::Context context{
      *store_, scim::Catalogue::standard(), connection, {connection.source, "token"}, "https://x.example/scim/v2", {}};
  const scim::Response response = scim::handle(request, context);
  while (store::step_work(*store_)) {
  }
  Answer answer{response.status, {}};
  if (response.body.empty()) return answer;
  auto parsed = scim::parse_json(response.body, {std::size_t{16} << 20, 64});
  if (Json* json = std::get_if<Json>(&parsed))
    answer.body = std::move(*json);
  else
    ADD_FAILURE() << "no JSON: " << response.body;
  return answer;
}

void ServiceUnderTest::admin(const std::string& user_id, bool blocks) {
  clock_->advance();
  last_ = "\nadmin " + std::string(blocks ? "blocks " : "lifts ") + user_id;
  store_->write({store::kLocal, "admin"}, [&](store::Unit& unit) {
    const auto user = store::find_user(unit, user_id).value();
    const auto done = blocks ? store::block(unit, user.key, store::kLocal, store::Reason::admin)
                             : store::lift(unit, user.key, store::kLocal);
    EXPECT_TRUE(done);
  });
}

std::vector<std::string> ServiceUnderTest::walk_by_index(int source, const std::string& path, const std::string& filter,
                                                         std::size_t count, std::size_t total,
                                                         const std::string& more) {
  std::vector<std::string> ids;
  std::size_t before = 1;
  while (before != ids.size()) {
    before = ids.size();
    const Answer page = send(source, "GET",
                             path + "?filter=" + encoded(filter) + "&startIndex=" + std::to_string(ids.size() + 1) +
                                 "&count=" + std::to_string(count) + more,
                             "");
    EXPECT_EQ(page.status, 200) << write_json(page.body);
    EXPECT_EQ(number_at(page.body, "totalResults"), total);
    add_ids(page.body, ids);
  }
  return ids;
}

std::vector<std::string> ServiceUnderTest::walk_by_cursor(int source, const std::string& path,
                                                          const std::string& filter, std::size_t count,
                                                          const std::string& more) {
  std::vector<std::string> ids;
  std::string cursor;
  do {
    const Answer page = send(
        source, "GET",
        path + "?filter=" + encoded(filter) + "&cursor=" + encoded(cursor) + "&count=" + std::to_string(count) + more,
        "");
    EXPECT_EQ(page.status, 200) << write_json(page.body);
    add_ids(page.body, ids);
    cursor = text_at(page.body, "nextCursor");
  } while (!cursor.empty() && ids.size() < 10'000);
  return ids;
}

std::vector<std::string> ServiceUnderTest::evaluated(int source, const std::string& path, const std::string& filter) {
  const scim::ResourceType& type =
      path == "/Users" ? scim::Catalogue::standard().user() : scim::Catalogue::standard().group();
  const auto parsed = scim::parse_filter(scim::Catalogue::standard(), filter);
  EXPECT_TRUE(parsed.ok() && scim::check_filter(*parsed, type)) << filter;
  std::vector<std::string> ids;
  const Answer all = send(source, "GET", path + "?count=200", "");
  EXPECT_LE(number_at(all.body, "totalResults"), 200U);
  if (const Json* found = all.body.find("Resources"))
    for (const Json& one : *found->array())
      if (scim::matches(*parsed, one, type)) ids.push_back(text_at(one, "id"));
  return ids;
}

}  // namespace rosterd::model
