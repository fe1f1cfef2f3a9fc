// Every attribute of every schema by its definition alone: a right value, one of another type, none, the wrong number
// of them, and PATCH without a path, with one and with a URN. An attribute that is added is tested by being there.
#include <functional>

#include "scim/text.h"
#include "tests/scim/extensions.h"
#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

// One attribute in its place.
struct Place {
  const ResourceType& type;
  const Schema& schema;
  const Attribute& attribute;

  bool is_core() const { return &schema == type.core || schema.id.empty(); }
  std::string plain() const { return is_core() ? attribute.name : schema.id + ":" + attribute.name; }
  std::string qualified() const { return (schema.id.empty() ? type.core->id : schema.id) + ":" + attribute.name; }
};

class EngineCharacteristics : public Service {
 protected:
  void SetUp() override {
    use(extended_catalogue());
    friend_ = user("friend");
  }

  // Of the attribute's type; two variants that are different.
  Json right(const Attribute& attribute, int variant, const Attribute* parent = nullptr) {
    Json one = right_one(attribute, variant, parent);
    return attribute.multi_valued ? Json(Array{std::move(one)}) : one;
  }

  Json right_one(const Attribute& attribute, int variant, const Attribute* parent) {
    const std::string text = attribute.name + std::to_string(variant) + "-" + std::to_string(++serial_);
    switch (attribute.type) {
      case Type::boolean:
        return true;
      case Type::integer:
        return 7000 + ++serial_;
      case Type::decimal:
        return variant == 0 ? Number{"1.5"} : Number{"-2.25"};
      case Type::date_time:
        return variant == 0 ? "2026-01-02T03:04:05Z" : "2026-01-02T03:04:06+01:00";
      case Type::binary:
        return variant == 0 ? "AQID" : "AQIDBA==";
      case Type::reference:
        return "https://x.example/scim/v2/Users/" + text;
      case Type::complex:
        return right_object(attribute, variant);
      case Type::string:
        break;
    }
    // What a member is says the server.
    if (!attribute.canonical_values.empty() && parent != nullptr && parent->sub("$ref") != nullptr)
      return attribute.canonical_values.front();
    if (!attribute.canonical_values.empty())
      return attribute.canonical_values[variant % attribute.canonical_values.size()];
    const bool points = parent != nullptr && attribute.name == "value" && parent->sub("$ref") != nullptr;
    return points ? friend_ : text;
  }

  Json right_object(const Attribute& attribute, int variant) {
    Object object;
    for (const Attribute& sub : attribute.sub_attributes)
      if (sub.mutability != Mutability::read_only) object.set(sub.name, right(sub, variant, &attribute));
    return object;
  }

  // Of no attribute's type but a boolean's.
  static Json wrong(const Attribute& attribute) {
    Json one = attribute.type == Type::boolean ? Json("perhaps") : Json(true);
    return attribute.multi_valued ? Json(Array{std::move(one)}) : one;
  }

  // A text that has another form than the type's.
  static Json malformed(const Attribute& attribute) {
    Json one = attribute.type == Type::integer ? Json(Number{"1.5"}) : Json("no such thing: <> ");
    return attribute.multi_valued ? Json(Array{std::move(one)}) : one;
  }

  // A body with what is required, and with this attribute.
  Object body(const Place& place, const Json& value) {
    Object whole;
    for (const Attribute& needed : place.type.core->attributes)
      if (needed.required) whole.set(needed.name, right(needed, 0));
    if (place.is_core()) {
      whole.set(place.attribute.name, value);
      return whole;
    }
    Object extension;
    for (const Attribute& needed : place.schema.attributes)
      if (needed.required) extension.set(needed.name, right(needed, 0));
    extension.set(place.attribute.name, value);
    whole.set(place.schema.id, std::move(extension));
    return whole;
  }

  Answer create(const Place& place, const Json& value) {
    return post(place.type.endpoint, write_json(body(place, value)));
  }
  // Its path, without the attribute when the definition lets it go.
  std::string make(const Place& place) {
    const bool needed = place.attribute.required;
    const Answer made = create(place, needed ? right(place.attribute, 0) : Json());
    EXPECT_EQ(made.status, 201) << place.qualified() << made.text;
    return place.type.endpoint + "/" + made.at("id");
  }

  const Json* shown(const Place& place, const std::string& path, std::string_view parameters = "") {
    answer_ = get(path + std::string(parameters));
    EXPECT_EQ(answer_.status, 200) << path << answer_.text;
    const Json* holder = place.is_core() ? &answer_.body : answer_.body.find(place.schema.id);
    const Json* found = holder == nullptr ? nullptr : holder->find(place.attribute.name);
    const bool empty = found != nullptr && found->array() != nullptr && found->array()->empty();
    return empty ? nullptr : found;
  }

  // As the definition lets it be seen.
  static bool is_seen(const Json* found, const Json& sent, const Attribute& attribute) {
    if (found == nullptr) return false;
    if (attribute.type == Type::complex) {
      const Json& one = found->array() != nullptr ? found->array()->front() : *found;
      const Json& other = sent.array() != nullptr ? sent.array()->front() : sent;
      for (const Attribute& sub : attribute.sub_attributes) {
        if (sub.mutability == Mutability::read_only || sub.name == "$ref") continue;
        const bool visible = sub.returned == Returned::always || sub.returned == Returned::by_default;
        const Json* inner = one.find(sub.name);
        if (visible ? inner == nullptr || !(*inner == *other.find(sub.name)) : inner != nullptr) return false;
      }
      return true;
    }
    return *found == sent;
  }

  void expect_shown(const Place& place, const std::string& path, const Json& sent, const std::string& where) {
    const Attribute& attribute = place.attribute;
    const bool never = attribute.returned == Returned::never;
    const bool asked_for = attribute.returned == Returned::on_request;
    EXPECT_EQ(is_seen(shown(place, path), sent, attribute), !never && !asked_for) << where << answer_.text;
    const bool named = shown(place, path, "?attributes=" + encode(place.plain())) != nullptr;
    EXPECT_EQ(named, !never) << where << answer_.text;
    const bool excluded = shown(place, path, "?excludedAttributes=" + encode(place.plain())) != nullptr;
    EXPECT_EQ(excluded, attribute.returned == Returned::always) << where << answer_.text;
  }

  std::string operation(std::string_view op, const std::string& path, const Json& value) {
    Object out;
    out.set("op", op);
    if (!path.empty()) out.set("path", path);
    out.set("value", value);
    return write_json(Json(Array{Json(std::move(out))}));
  }
  Json keyed(const std::string& key, Json value) {
    Object out;
    out.set(key, std::move(value));
    return out;
  }

  std::string friend_;
  int serial_ = 0;
  Answer answer_;
};

// A refusal as the status and the scimType say it; "200" and the like otherwise.
std::string outcome(const Answer& answer) {
  return answer.status < 300 ? "done" : std::to_string(answer.status) + " " + answer.scim_type();
}

template <class Test>
void each_place(const Test& test) {
  for (const ResourceType* type : extended_catalogue().types()) {
    if (type->resource != Resource::user && type->resource != Resource::group) continue;
    for (const Attribute& attribute : ResourceType::common().attributes)
      if (attribute.name != "schemas") test(Place{*type, ResourceType::common(), attribute});
    for (const Attribute& attribute : type->core->attributes) test(Place{*type, *type->core, attribute});
    for (const auto& [schema, required] : type->extensions)
      for (const Attribute& attribute : schema->attributes) test(Place{*type, *schema, attribute});
  }
}

TEST_F(EngineCharacteristics, PostTakesWhatTheDefinitionAllows) {
  each_place([&](const Place& place) {
    const Attribute& attribute = place.attribute;
    const std::string where = place.qualified() + " ";
    const bool ignored = attribute.mutability == Mutability::read_only;
    const Json value = right(attribute, ignored ? 1 : 0);
    const Answer made = create(place, value);
    ASSERT_EQ(made.status, 201) << where << made.text;
    const std::string path = place.type.endpoint + "/" + made.at("id");
    if (ignored) {
      const Json* found = shown(place, path);
      EXPECT_FALSE(found != nullptr && *found == value) << where;
    } else {
      expect_shown(place, path, value, where + "POST ");
    }
    const std::string refused = ignored ? "done" : "400 invalidValue";
    EXPECT_EQ(outcome(create(place, wrong(attribute))), refused) << where << "wrong type";
    if (attribute.type != Type::string && attribute.type != Type::complex) {
      EXPECT_EQ(outcome(create(place, malformed(attribute))), refused) << where << "malformed";
    }
    if (attribute.restricted) {
      EXPECT_EQ(outcome(create(place, "green")), refused) << where << "canonical";
    }
    EXPECT_EQ(outcome(create(place, Json())), attribute.required ? "400 invalidValue" : "done") << where << "null";
    EXPECT_EQ(outcome(create(place, Array{right(attribute, 0)})), refused) << where << "multiplicity";
  });
}

// shows 7644-3.5.1-3, 7644-3.5.1-4
TEST_F(EngineCharacteristics, PutReplacesWhatTheDefinitionAllows) {
  each_place([&](const Place& place) {
    const Attribute& attribute = place.attribute;
    const std::string where = place.qualified() + " ";
    const bool ignored = attribute.mutability == Mutability::read_only;
    const Json first = right(attribute, 0), second = right(attribute, 1);
    const std::string path = place.type.endpoint + "/" + create(place, first).at("id");
    EXPECT_EQ(outcome(put(path, write_json(body(place, wrong(attribute))))), ignored ? "done" : "400 invalidValue")
        << where;
    const bool immutable = attribute.mutability == Mutability::immutable;
    const Answer again = put(path, write_json(body(place, second)));
    if (first == second) return;
    const bool sets_once = std::any_of(attribute.sub_attributes.begin(), attribute.sub_attributes.end(),
                                       [](const Attribute& sub) { return sub.mutability == Mutability::immutable; });
    const bool refused = immutable || (sets_once && !attribute.multi_valued);
    EXPECT_EQ(outcome(again), refused ? "400 mutability" : "done") << where << again.text;
    if (!ignored && !refused) expect_shown(place, path, second, where + "PUT ");
    if (immutable) {
      EXPECT_EQ(outcome(put(path, write_json(body(place, first)))), "done") << where << "the same";
    }
  });
}

TEST_F(EngineCharacteristics, PatchByEveryWayToAnAttribute) {
  each_place([&](const Place& place) {
    const Attribute& attribute = place.attribute;
    const bool ignored = attribute.mutability == Mutability::read_only;
    using Way = std::function<std::string(const Json&)>;
    std::vector<std::pair<Way, bool>> ways = {
        {[&](const Json& value) { return operation("replace", place.qualified(), value); }, true},
        {[&](const Json& value) { return operation("add", place.plain(), value); }, true},
        {[&](const Json& value) { return operation("Replace", "", keyed(place.plain(), value)); }, false},
        {[&](const Json& value) { return operation("add", "", keyed(place.qualified(), value)); }, false}};
    const Way nested = [&](const Json& value) {
      return operation("add", "", keyed(place.schema.id, keyed(attribute.name, value)));
    };
    if (!place.is_core()) ways.emplace_back(nested, false);
    for (const auto& [way, named] : ways) {
      const std::string path = make(place);
      const Json value = right(attribute, 1);
      // An echo of `id` with another value is the one thing that must not pass in silence.
      const bool refused = ignored && (named || attribute.name == "id");
      const Answer done = patch(path, way(value));
      EXPECT_EQ(outcome(done), refused ? "400 mutability" : "done") << way(value) << done.text;
      const bool adds = attribute.required && attribute.multi_valued;  // there was a value before
      if (!ignored && !adds) expect_shown(place, path, value, way(value));
    }
  });
}

// shows 7643-7-10, 7643-7-11, 7644-3.5.2-6
TEST_F(EngineCharacteristics, PatchRefusesWhatTheDefinitionForbids) {
  each_place([&](const Place& place) {
    const Attribute& attribute = place.attribute;
    const std::string where = place.qualified() + " ";
    const bool read_only = attribute.mutability == Mutability::read_only;
    const std::string path = make(place);
    for (const char* op : {"add", "replace"}) {
      const Answer answer = patch(path, operation(op, place.plain(), wrong(attribute)));
      EXPECT_EQ(outcome(answer), read_only ? "400 mutability" : "400 invalidValue") << where << op << answer.text;
    }
    if (read_only) {
      EXPECT_EQ(outcome(patch(path, operation("remove", place.plain(), Json()))), "400 mutability") << where;
      return;
    }
    const Json first = right(attribute, 0), second = right(attribute, 1);
    EXPECT_EQ(outcome(patch(path, operation("replace", place.plain(), first))), "done") << where;
    const std::string version = get(path).header("ETag");
    EXPECT_EQ(outcome(patch(path, operation("replace", place.plain(), first))), "done") << where << "again";
    EXPECT_EQ(get(path).header("ETag"), version) << where << "a second time changes nothing";
    const bool immutable = attribute.mutability == Mutability::immutable;
    if (immutable) {
      EXPECT_EQ(outcome(patch(path, operation("replace", place.plain(), second))), "400 mutability") << where;
    }
    const bool sets_once = std::any_of(attribute.sub_attributes.begin(), attribute.sub_attributes.end(),
                                       [](const Attribute& sub) { return sub.mutability == Mutability::immutable; });
    const bool kept = immutable || attribute.required || (sets_once && !attribute.multi_valued);
    EXPECT_EQ(outcome(patch(path, operation("remove", place.plain(), Json()))), kept ? "400 mutability" : "done")
        << where;
    if (!kept && attribute.name != "active") {
      EXPECT_EQ(shown(place, path), nullptr) << where << answer_.text;
    }
  });
}

// Of single and of several values. Members are changed one by one, not by sub-attributes.
TEST_F(EngineCharacteristics, SubAttributesByPath) {
  each_place([&](const Place& place) {
    const Attribute& attribute = place.attribute;
    if (attribute.mutability == Mutability::read_only || place.type.resource == Resource::group) return;
    for (const Attribute& sub : attribute.sub_attributes) {
      const std::string path = place.type.endpoint + "/" + create(place, right(attribute, 0)).at("id");
      const std::string way = place.qualified() + "." + sub.name;
      const bool read_only = sub.mutability == Mutability::read_only;
      EXPECT_EQ(outcome(patch(path, operation("replace", way, wrong(sub)))),
                read_only ? "400 mutability" : "400 invalidValue")
          << way;
      const Answer done = patch(path, operation("replace", way, right(sub, 1, &attribute)));
      const bool fixed = read_only || sub.mutability == Mutability::immutable;
      EXPECT_EQ(outcome(done), fixed ? "400 mutability" : "done") << way << done.text;
      const Answer gone = patch(path, operation("remove", way, Json()));
      EXPECT_EQ(outcome(gone), fixed || sub.required ? "400 mutability" : "done") << way << gone.text;
    }
    const std::string path = make(place);
    EXPECT_EQ(outcome(patch(path, operation("add", place.qualified() + ".noSuchPart", "x"))), "400 invalidPath")
        << place.qualified();
  });
}

}  // namespace
}  // namespace rosterd::scim
