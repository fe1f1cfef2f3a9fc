// Fills a store with people, groups, queued invitations and a token, through the store's own code and in large units:
// what a provider would have pushed over weeks, in seconds. Prints what a client needs to go on, as JSON.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "store/claims.h"
#include "store/groups.h"
#include "store/invitations.h"
#include "store/sources.h"
#include "store/store.h"
#include "store/tokens.h"
#include "store/work.h"
#include "tests/bench/options.h"
#include "tests/bench/person.h"

namespace {

using namespace rosterd;
using bench::person_number;

constexpr std::size_t kPerUnit = 100;
constexpr std::size_t kOrdinaryGroup = 20;  // people in each

struct Populating {
  store::Store& store;
  store::Actor actor;
  std::vector<store::UserId> people = {};
};

template <class Value>
Value expect(store::Outcome<Value> outcome) {
  if (!outcome) throw std::runtime_error("refused: " + outcome.refused().message);
  return std::move(*outcome);
}

void add_people(Populating& into, std::size_t count) {
  into.people.reserve(count);
  while (into.people.size() < count) {
    const std::size_t first = into.people.size();
    const auto added = into.store.write(into.actor, [&](store::Unit& unit) {
      std::vector<store::UserId> ids;
      for (std::size_t i = first; i < std::min(first + kPerUnit, count); ++i) {
        store::ClaimFacts facts;
        facts.key = "ext-" + person_number(i);
        facts.profile = bench::profile(i);
        ids.push_back(expect(store::put_claim(unit, into.actor.source, facts)).user);
      }
      return ids;
    });
    into.people.insert(into.people.end(), added.begin(), added.end());
  }
}

std::string add_group(Populating& into, const std::string& name, std::size_t first, std::size_t size) {
  const store::GroupId key = into.store.write(into.actor, [&](store::Unit& unit) {
    return expect(store::put_group(unit, into.actor.source, {.key = "ext-" + name, .display_name = name}));
  });
  for (std::size_t done = 0; done < size; done += kPerUnit) {
    into.store.write(into.actor, [&](store::Unit& unit) {
      std::vector<store::Member> members;
      for (std::size_t i = done; i < std::min(done + kPerUnit, size); ++i)
        members.emplace_back(into.people[(first + i) % into.people.size()]);
      expect(store::add_members(unit, key, members));
    });
  }
  return into.store.read([&](const store::View& view) { return store::find_group(view, key)->id; });
}

void queue_mails(Populating& into, std::size_t count) {
  for (std::size_t done = 0; done < count; done += kPerUnit) {
    into.store.write(into.actor, [&](store::Unit& unit) {
      for (std::size_t i = done; i < std::min(done + kPerUnit, count); ++i) expect(store::invite(unit, into.people[i]));
    });
  }
}

int populate(const bench::Options& options) {
  const std::size_t count = options.number("--people");
  const std::size_t large = std::min(options.number("--large-group"), count);
  const std::size_t mails = std::min(options.number("--queued-mails"), count);
  store::SystemClock clock;
  const auto store = store::Store::open({.directory = options.text("--store")}, clock);
  store::Settings settings;
  settings.members_at_once = kPerUnit;
  store->configure(std::move(settings));

  Populating into{*store, {store::kLocal, "populate"}};
  into.actor.source =
      store->write(into.actor, [&](store::Unit& unit) { return store::ensure_source(unit, options.text("--source")); });
  add_people(into, count);
  const std::string small_id = add_group(into, "small", 0, std::min<std::size_t>(10, count));
  const std::string large_id = add_group(into, "large", 0, large);
  for (std::size_t i = 0; i < options.number("--groups"); ++i)
    add_group(into, "group-" + std::to_string(i), i * kOrdinaryGroup, std::min(kOrdinaryGroup, count));
  queue_mails(into, mails);
  while (store::step_work(*store)) {
  }
  const auto token = store->write(into.actor, [&](store::Unit& unit) {
    return expect(store::create_token(unit, options.text("--token"), into.actor.source, {}));
  });
  std::printf("{\"people\":%zu,\"small_group\":\"%s\",\"large_group\":\"%s\",\"large_size\":%zu,\"token\":\"%s\"}\n",
              count, small_id.c_str(), large_id.c_str(), large, token.secret.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return populate({argc,
                     argv,
                     {{"--store", "store"},
                      {"--people", "1000"},
                      {"--groups", "10"},
                      {"--large-group", "100000"},
                      {"--queued-mails", "0"},
                      {"--source", "scim:bench"},
                      {"--token", "bench"}}});
  } catch (const std::exception& error) {
    std::cerr << "populate: " << error.what() << "\n";
    return 1;
  }
}
