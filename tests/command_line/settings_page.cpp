// docs/settings.md against the code: every setting that is asked for stands there, with its default and with what it
// takes, in the words in which a wrong value is refused; and no other does.
#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "ganvas/io/parse_json.hpp"
#include "ganvas/recipes/recipes.hpp"

#include "plan.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;

namespace {

const std::filesystem::path root = std::filesystem::path(GANVAS_TESTS_DIR) / "..";

/// A training that could be: its recipe or none, other settings, its data.
struct Plan {
  std::string recipe;
  bool points = false;
  std::vector<std::string> set = {};
};

io::Settings given_by(const Plan& p) {
  io::Settings s;
  if (p.recipe.empty()) {  // nothing but defaults
    for (const std::string& one : p.set) s.set(one);
    return s;
  }
  const recipes::Recipe& r = recipes::find(p.recipe);
  s = io::Settings(io::detail::parse_json(std::string(r.settings), "recipe"), "recipe " + p.recipe);
  s.set("recipe=" + p.recipe);
  for (const std::string& one : p.set) s.set(one);
  return s;
}

void ask(const Plan& p, io::Settings& s) {
  tool::ask_for_everything(s, p.points ? tool::open_data("ring", s) : tool::imagined_data(s));
}

/// One time that a setting was asked for.
struct Asked {
  std::string name, model;
  nlohmann::json value;
  bool by_default = true;
  std::map<std::string, nlohmann::json> all;  ///< the values of all settings there
  Plan plan;
};

void flatten(const nlohmann::json& object, const std::string& prefix, std::map<std::string, nlohmann::json>& out) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_object())
      flatten(value, prefix + name + ".", out);
    else
      out[prefix + name] = value;
  }
}

std::vector<Asked> asked_by(const Plan& p) {
  const io::Settings given = given_by(p);
  io::Settings s = given;
  ask(p, s);
  std::map<std::string, nlohmann::json> all;
  flatten(s.full(), "", all);
  std::string model = all.at("model").get<std::string>();
  if (model == "automatic") model = p.points ? "mlp" : "dcgan";
  std::vector<Asked> asked;
  for (const auto& [name, value] : all) asked.push_back({name, model, value, !given.has(name), all, p});
  return asked;
}

/// Every recipe on pictures and, where it can, on points; and settings that no recipe makes.
const std::vector<Asked>& asked() {
  static const std::vector<Asked> all = [] {
    std::vector<Plan> plans{{"", true},
                            {"", false},
                            {"", true, {"optimizer.rule=adamw"}},
                            {"", false, {"restarts=3"}},
                            {"", true, {"optimizer.rule=sgd"}},
                            {"", true, {"penalty.kind=r1"}},
                            {"", true, {"penalty.kind=gradient"}},
                            {"", true, {"instance_noise.sigma=0.1"}},
                            {"", true, {"steps=10"}},
                            {"", false, {"model=style", "path_length.weight=2"}},
                            {"", false, {"model=unrolled", "data.side=28"}},
                            {"", false, {"model=infogan", "latent.continuous=1"}}};
    std::vector<Asked> found;
    const auto add = [&found](const std::vector<Asked>& some) { found.insert(found.end(), some.begin(), some.end()); };
    for (const recipes::Recipe& r : recipes::all()) {
      plans.push_back({std::string(r.name)});
      try {
        add(asked_by({std::string(r.name), true}));
      } catch (const ValueError&) {  // it needs pictures, or classes
      }
    }
    for (const Plan& p : plans) add(asked_by(p));
    return found;
  }();
  return all;
}

/// Names that stand in the sources where a setting is asked for.
std::set<std::string> names_in_sources() {
  const std::regex call(R"((?:\.(?:get|require_value)<[^"()]*>\(|\.choice\(|attention\(s,)\s*"([a-z][a-z0-9_.]*)\")");
  std::set<std::string> names;
  for (const char* folder : {"include/ganvas/recipes", "examples/ganvas"})
    for (const auto& file : std::filesystem::directory_iterator(root / folder)) {
      const std::string text = test::get(file.path());
      for (std::sregex_iterator m(text.begin(), text.end(), call), end; m != end; ++m) names.insert((*m)[1]);
    }
  return names;
}

/// A row of the page.
struct Row {
  std::string name;
  std::vector<std::string> defaults;  ///< what stands in backticks
  std::string takes;                  ///< without backticks
  std::set<std::string> models;       ///< that it is about; none: all

  [[nodiscard]] bool is_about(const Asked& a) const {
    return a.name == name && (models.empty() || models.contains(a.model));
  }
};

std::vector<std::string> in_backticks(const std::string& cell) {
  const std::regex ticks("`([^`]*)`");
  std::vector<std::string> found;
  for (std::sregex_iterator m(cell.begin(), cell.end(), ticks), end; m != end; ++m) found.push_back((*m)[1]);
  return found;
}

std::vector<Row> rows_of_page() {
  const std::set<std::string> models{"mlp", "dcgan", "sndcgan", "resnet", "style", "began", "infogan", "unrolled"};
  std::istringstream page(test::get(root / "docs" / "settings.md"));
  std::vector<Row> rows;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    std::istringstream parts(line.substr(1));
    for (std::string cell; std::getline(parts, cell, '|');) cells.push_back(cell);
    INFO(line);
    REQUIRE(cells.size() == 5);
    Row row;
    row.name = in_backticks(cells[0]).at(0);
    row.defaults = in_backticks(cells[1]);
    for (const char c : cells[2].substr(1, cells[2].size() - 2))
      if (c != '`') row.takes += c;
    for (const std::string& word : in_backticks(cells[4]))
      if (models.contains(word)) row.models.insert(word);
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Whether a text on the page is this value: as it is written, or that of another setting.
bool is_value(const std::string& text, const Asked& a) {
  const auto other = a.all.find(text);
  return (a.value.is_string() && a.value == text) || nlohmann::json::parse(text, nullptr, false) == a.value ||
         (other != a.all.end() && other->second == a.value);
}

/// What a setting takes, in the words of the sentence that refuses `value`; "" where it is not refused.
std::string refused(const Asked& a, const std::string& value) {
  const std::string& name = a.name;
  io::Settings s = given_by(a.plan);
  for (const char* width :
       {"generator.width", "discriminator.width", "generator.hidden_width", "discriminator.hidden_width"})
    if (a.all.contains(width)) s.set(std::string(width) + "=8");  // it takes less time
  s.set(name + "=" + value);
  try {
    ask(a.plan, s);
  } catch (const ValueError& error) {
    const std::string text = error.what(), before = "it takes ";
    const std::size_t from = text.find(before);
    if (from == std::string::npos || text.find(name) == std::string::npos) return text;
    const std::size_t begin = from + before.size(), end = text.find(". ", begin);
    return text.substr(begin, end == std::string::npos ? text.size() - 1 - begin : end - begin);
  }
  return "";
}
std::string takes(const Asked& a) {
  const std::string any = refused(a, "null");
  if (any != "a text") return any;
  const std::string choice = refused(a, "\"?\"");
  return choice.empty() ? any : choice;
}

/// What only `ganvas train` asks for, beside the rest.
const std::set<std::string> of_train{"data.name", "data.hash", "data.shape", "data.classes"};

}  // namespace

TEST_CASE("the test asks for every setting that stands in the sources") {
  std::set<std::string> names = of_train;
  for (const Asked& a : asked()) names.insert(a.name);
  CHECK(names_in_sources() == names);
}

TEST_CASE("the page on settings has all of them, and no other") {
  std::set<std::string> on_page;
  for (const Row& row : rows_of_page()) on_page.insert(row.name);
  CHECK(on_page == names_in_sources());
}

TEST_CASE("the defaults on the page are those of the code") {
  const std::vector<Row> rows = rows_of_page();
  std::set<std::string> checked;
  for (const Asked& a : asked()) {
    if (!a.by_default) continue;
    const auto row = std::find_if(rows.begin(), rows.end(), [&a](const Row& r) { return r.is_about(a); });
    INFO(a.name << " of the model " << a.model << " is " << a.value << " by default, with the recipe "
                << a.plan.recipe);
    REQUIRE(row != rows.end());
    const auto& texts = row->defaults;
    CHECK((texts.empty() || std::any_of(texts.begin(), texts.end(), [&a](const auto& t) { return is_value(t, a); })));
    if (!texts.empty()) checked.insert(a.name);
  }
  CHECK(checked.size() >= 60);  // of the others the page says in words how they follow from the data
  for (const Row& row : rows)   // and no default stands there that nothing has
    for (const std::string& text : row.defaults) {
      INFO(row.name << " " << text);
      CHECK(std::any_of(asked().begin(), asked().end(),
                        [&](const Asked& a) { return row.is_about(a) && a.by_default && is_value(text, a); }));
    }
}

TEST_CASE("what a setting takes stands on the page in the words in which another value is refused") {
  for (const Row& row : rows_of_page()) {
    if (of_train.contains(row.name)) continue;
    INFO(row.name);
    const auto where = std::find_if(asked().begin(), asked().end(), [&row](const Asked& a) { return row.is_about(a); });
    REQUIRE(where != asked().end());
    CHECK(row.takes == takes(*where));
  }
}
