#include "ganvas/io/settings.hpp"

#include "ganvas/io/read_settings.hpp"

#include "support/files.hpp"

using namespace ganvas;
using io::Settings;
using test::says;
using test::sentence;
using Json = nlohmann::json;

namespace {

Settings read(const std::string& text, const std::string& name = "run.json") {
  const test::Folder folder;
  test::put(folder / name, text);
  return io::read_settings(folder / name);
}
std::string refusal(const std::string& text, const std::string& name = "run.json") {
  const std::string said = sentence([&] { static_cast<void>(read(text, name)); });
  CHECK(says(said, name));
  return said;
}

/// What a program asks for.
struct Asked {
  double lr;
  float beta1;
  int steps;
  std::uint64_t seed;
  bool ema;
  std::string loss, data;
  std::vector<index_t> channels;

  explicit Asked(Settings& s)
      : lr(s.get("optim.lr", 2e-4, {.above = 0})),
        beta1(s.get("optim.beta1", 0.5F, {.least = 0, .most = 1})),
        steps(s.get("steps", 1000, {.least = 1})),
        seed(s.get("seed", std::uint64_t{1})),
        ema(s.get("ema", false)),
        loss(s.choice("loss", "hinge", {"hinge", "ns", "wgan-gp"})),
        data(s.get("data", "mnist")),
        channels(s.get<std::vector<index_t>>("model.channels", {64, 128}, {.least = 1, .most = 4096})) {
    s.refuse_unknown();
  }
};
std::string asked(Settings s) {
  return sentence([&] { static_cast<void>(Asked(s)); });
}

constexpr const char* same_in_toml = R"(
seed = 18  # a remark
ema = true
data = "pictures of José"
optim.beta1 = 0.25
[optim]
lr = 1e-3
[model]
channels = [8,
            16, 32]
)";
constexpr const char* toml_in_order = R"(
seed = 18  # a remark
ema = true
data = "pictures of José"
[optim]
lr = 1e-3
beta1 = 0.25
[model]
channels = [8,
            16, 32]
)";

}  // namespace

TEST_CASE("values from JSON, from TOML, and from neither", "[io]") {
  Settings json = read(R"({"seed": 18, "ema": true, "data": "pictures of José", "optim.lr": 1e-3,
                           "optim": {"beta1": 0.25}, "model": {"channels": [8, 16, 32]}})");
  Settings toml = read(toml_in_order, "run.toml");
  for (Settings* s : {&json, &toml}) {
    const Asked a(*s);
    CHECK(a.lr == 1e-3);
    CHECK(a.beta1 == 0.25F);
    CHECK(a.steps == 1000);
    CHECK(a.seed == 18);
    CHECK(a.ema);
    CHECK(a.loss == "hinge");
    CHECK(a.data == "pictures of José");
    CHECK(a.channels == std::vector<index_t>{8, 16, 32});
  }
  CHECK(json.full() == toml.full());
  Settings nothing;
  CHECK(Asked(nothing).channels == std::vector<index_t>{64, 128});
}

TEST_CASE("what was used is written, and gives the same run", "[io]") {
  const test::Folder folder;
  Settings first = read(toml_in_order, "run.toml");
  first.set("optim.beta1=0.1");
  first.set("seed=18446744073709551615");
  const Asked a(first);
  CHECK(a.seed == 18446744073709551615ULL);
  io::write_settings(folder / "used.json", first);
  CHECK(says(test::get(folder / "used.json"), "\"beta1\": 0.1,"));  // not 0.10000000149011612
  Settings again = io::read_settings(folder / "used.json");
  const Asked b(again);
  CHECK(b.beta1 == a.beta1);
  CHECK(b.seed == a.seed);
  CHECK(b.lr == a.lr);
  CHECK(b.data == a.data);
  CHECK(b.channels == a.channels);
  CHECK(again.full() == first.full());
  CHECK(again.full().dump() == R"({"data":"pictures of José","ema":true,"loss":"hinge","model":{"channels":[8,16,32]},)"
                               R"("optim":{"beta1":0.1,"lr":0.001},"seed":18446744073709551615,"steps":1000})");
}

TEST_CASE("--set replaces what a file says", "[io]") {
  Settings s = read(R"({"optim": {"lr": 1}, "data": "a"})");
  s.set("optim.lr=3e-4");
  s.set("data=b=c d");
  s.set("ema=true");
  s.set("model.channels=[4, 5]");
  s.set("loss=\"ns\"");
  s.set(R"(optim={"beta1": 0.9})");
  const Asked a(s);
  CHECK(a.lr == 3e-4);
  CHECK(a.data == "b=c d");
  CHECK(a.ema);
  CHECK(a.channels == std::vector<index_t>{4, 5});
  CHECK(a.loss == "ns");
  CHECK(a.beta1 == 0.9F);
  Settings defaults(Json{{"steps", 5}, {"optim.lr", 7}});
  defaults.merge(s);
  CHECK(Asked(defaults).steps == 5);
  CHECK(Asked(defaults).lr == 3e-4);
  for (const char* wrong : {"", "lr", "=3"}) CHECK(says(sentence([&] { s.set(wrong); }), "--set takes NAME=VALUE"));
  for (const char* wrong : {".=3", "a..b=3", ".a=3", "a.=3"})
    CHECK(says(sentence([&] { s.set(wrong); }), "is no name of a setting"));
  CHECK(says(sentence([&] { s.set("data=\xFF"); }), "not UTF-8"));
  CHECK(says(sentence([&] { s.set("data.x=1"); }), "'data.x' and 'data' cannot both be set"));
  CHECK(says(sentence([&] { s.set("optim=1"); }), "'optim' and 'optim.beta1' cannot both be set"));
  s.set("data=nan");
  CHECK(Asked(s).data == "nan");
}

TEST_CASE("unknown names are refused with the name that was meant", "[io]") {
  CHECK(says(asked(read(R"({"optim": {"lrr": 1}})")),
             "run.json: there is no setting 'optim.lrr'. Did you mean 'optim.lr'?"));
  CHECK(says(asked(read(R"({"lr": 1})")), "Did you mean 'optim.lr'?"));
  CHECK(says(asked(read("Steps = 3", "run.toml")), "Did you mean 'steps'?"));
  CHECK(says(asked(read(R"({"colour": 1})")),
             "no setting 'colour'. There are data, ema, loss, model.channels, optim.beta1"));
  CHECK(says(asked(read(R"({"optim": 1})")), "'optim' is a group and takes no value; its settings are optim.beta1"));
  Settings s;
  s.set("stpes=3");
  CHECK(says(asked(s), "--set: there is no setting 'stpes'. Did you mean 'steps'?"));
  CHECK(says(sentence([&] { static_cast<void>(s.require_value<int>("steps", {.least = 1})); }),
             "the setting 'steps' is needed: a whole number of at least 1. Did you mean 'stpes'?"));
}

TEST_CASE("types and ranges", "[io]") {
  const auto said = [](const char* assignment) {
    Settings s;
    s.set(assignment);
    return asked(s);
  };
  CHECK(says(said("optim.lr=fast"), "--set: optim.lr is the text 'fast'; it takes a number above 0."));
  CHECK(says(said("optim.lr=0"), "optim.lr is 0; it takes a number above 0."));
  CHECK(says(said("optim.lr=true"), "optim.lr is true"));
  CHECK(says(said("optim.lr=null"), "optim.lr is null"));
  CHECK(says(said("optim.beta1=1.5"), "it takes a number from 0 to 1."));
  CHECK(says(said("optim.lr=1e999"), "optim.lr is the text '1e999'"));
  CHECK(says(said("optim.beta1=1e300"), "it takes a number from 0 to 1"));
  CHECK(says(said("steps=0"), "steps is 0; it takes a whole number of at least 1."));
  CHECK(says(said("steps=2.5"), "steps is 2.5"));
  CHECK(says(said("steps=3000000000"), "steps is 3000000000; it takes a whole number"));
  CHECK(says(said("steps=1e30"), "steps is 1e+30"));
  CHECK(says(said("seed=-1"), "seed is -1"));
  CHECK(says(said("seed=18446744073709551616"), "it takes a whole number"));
  CHECK(says(said("ema=1"), "ema is 1; it takes true or false."));
  CHECK(says(said("data=7"), "data is 7; it takes a text. A text that looks like a number stands in quotes."));
  CHECK(says(said("loss=hinges"), "loss is 'hinges'; it takes one of hinge, ns and wgan-gp. Did you mean 'hinge'?"));
  CHECK(says(said("model.channels=[1,\"x\"]"), "is a list of 2; it takes a list of whole numbers from 1 to 4096."));
  CHECK(says(said("model.channels=[0]"), "a list of whole numbers from 1 to 4096"));
  CHECK(says(said("model.channels=8"), "model.channels is 8"));
  Settings s;
  s.set("steps=1e3");  // a whole number, however it is written
  CHECK(Asked(s).steps == 1000);
  Settings other;
  CHECK(says(sentence([&] { static_cast<void>(other.get("data", "\xFF")); }), "not UTF-8"));
}

TEST_CASE("hostile JSON", "[io]") {
  CHECK(says(refusal("{\"a\": 1,\n \"b\": }"), "is not valid JSON: the mistake is in line 2, at character 7"));
  CHECK(says(refusal(""), "is not valid JSON: the mistake is in line 1"));
  CHECK(says(refusal("[1]"), "must hold names and values, but is a list of 1"));
  CHECK(says(refusal("3"), "but is 3"));
  CHECK(says(refusal(R"({"a": 1, "a": 2})"), "has the name 'a' twice"));
  CHECK(says(refusal(R"({"o": {"a": 1, "b": {"c": 1}, "a": 2}})"), "has the name 'a' twice"));
  CHECK(says(refusal(R"({"o.a": 1, "o": {"a": 2}})"), "'o.a' is set twice"));
  CHECK(says(refusal(R"({"o": 1, "o.a": 2})"), "cannot both be set"));
  CHECK(says(refusal(R"({"": 1})"), "'' is no name of a setting"));
  CHECK(says(refusal(R"({"a": NaN})"), "not valid JSON"));
  CHECK(says(refusal(R"({"a": 1e999})"), "has a number that is too large"));
  CHECK(says(refusal("{\"a\": \"\xFF\"}"), "not valid JSON"));
  CHECK(says(refusal(std::string("{\"a\": \"\0\"}", 10)), "not valid JSON"));
  CHECK(says(refusal(std::string("{\"a\": 1}\0rest", 13)), "not valid JSON: it has a zero byte"));
  CHECK(says(refusal(R"({"a": 1, "o": {"p": {}}})"), "the group 'o.p' is empty"));
  CHECK(says(refusal("{\"a\": " + std::string(100'000, '[')), "more than 32 deep"));
  std::string objects;
  for (int i = 0; i < 50'000; ++i) objects += "{\"a\":";
  CHECK(says(refusal(objects), "more than 32 deep"));
  CHECK(says(refusal("{\"a\": \"" + std::string(2'000'000, 'x') + "\"}"), "bytes; at most 1048576"));
  Json deep = 1;
  for (int i = 0; i < 100; ++i) deep = Json{{"a", deep}};
  CHECK(says(sentence([&] { static_cast<void>(Settings(deep)); }), "more than 32 deep"));
  Settings s = read("\xEF\xBB\xBF{\"steps\": 3}");  // the mark that some editors put first
  CHECK(Asked(s).steps == 3);
}

TEST_CASE("hostile TOML", "[io]") {
  const auto toml = [](const std::string& text) { return refusal(text, "run.toml"); };
  CHECK(says(toml("a = 1\nb = ="), "is not valid TOML: line 2, character"));
  CHECK(says(toml("a = 1\na = 2"), "is not valid TOML: line 2"));
  CHECK(says(toml(same_in_toml), "is not valid TOML"));  // a table that dots have made already
  CHECK(says(toml("a = nan"), "line 1 has nan or inf"));
  CHECK(says(toml("a = [1, -inf]"), "has nan or inf"));
  CHECK(says(toml("a = 99999999999999999999"), "is not valid TOML"));
  CHECK(says(toml("a = 2020-01-01"), "has a date or time"));
  CHECK(says(toml("a = \"\xFF\""), "is not valid TOML"));
  CHECK(says(toml("a = " + std::string(100'000, '[')), "is not valid TOML"));
  CHECK(says(toml("a = " + std::string(40, '[') + std::string(40, ']')), "more than 32 deep"));
  std::string dots = "a";
  for (int i = 0; i < 100'000; ++i) dots += ".a";
  CHECK(says(toml(dots + " = 1"), "more than 32 dots"));
  CHECK(says(toml("[" + dots + "]"), "more than 32 dots"));
  std::string nested;  // as deep as the parser allows it, with as many dots as we allow
  for (int i = 0; i < 250; ++i) nested += "{a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = ";
  CHECK(says(toml("a = " + nested + "1" + std::string(250, '}')), "more than 32 deep"));
}

TEST_CASE("files that are no settings", "[io]") {
  const test::Folder folder;
  const auto said = [&](const std::string& name) {
    return sentence([&] { static_cast<void>(io::read_settings(folder / name)); });
  };
  CHECK(says(said("missing.json"), "missing.json does not exist"));
  CHECK(says(said("run.yaml"), "those end in .json or .toml"));
  std::filesystem::create_directory(folder / "a.toml");
  CHECK(says(said("a.toml"), "is a directory"));
}

TEST_CASE("a setting that is forgotten has its default again", "[io]") {
  io::Settings s(nlohmann::json{{"steps", 7}, {"optimizer", {{"lr", 2}}}});
  s.forget("steps");
  s.forget("nothing");
  CHECK_FALSE(s.has("steps"));
  CHECK(s.get<int>("steps", 3) == 3);
  CHECK(s.get<int>("optimizer.lr", 1) == 2);
}

TEST_CASE("defaults that nothing asked for can be forgotten, what a person gave cannot") {
  io::Settings s(nlohmann::json{{"lr", 1}, {"width", 2}}, "recipe a");
  s.merge(io::Settings(nlohmann::json{{"widht", 3}}, "file"));
  CHECK(s.get<int>("lr", 0) == 1);
  s.drop_unused("recipe a");
  CHECK_FALSE(s.has("width"));
  CHECK(s.has("lr"));
  CHECK_THROWS_AS(s.refuse_unknown(), ValueError);  // "widht" is still there
}
