// Checks the links of the pages: docs_links [--fix] ROOT looks at ROOT/README.md and ROOT/docs/*.md.
// A link to a line of code carries words of that line as its title: [the walk](../include/x.hpp#L12 "while (!stack").
// If the words have moved, the right number is printed, and --fix writes it into the page.
// A block of code that begins with ```cpp from ../include/x.hpp must stand in that file as it is.

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct Link {
  std::size_t at = 0;  // where its target begins in the page
  std::string target;  // as written, e.g. "../include/x.hpp#L12"
  std::string words;   // its title
};

struct Count {
  int links = 0, lines = 0, quotes = 0, wrong = 0, fixed = 0;
};

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The page with code blanked, fenced and in backquotes: what looks like a link there is none. Offsets stay.
std::string without_code(std::string text) {
  bool fenced = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const bool fence = text.compare(begin, 3, "```") == 0;
    const auto blank = [&](std::size_t from, std::size_t to) {
      std::fill(text.begin() + static_cast<std::ptrdiff_t>(from), text.begin() + static_cast<std::ptrdiff_t>(to), ' ');
    };
    if (fence || fenced) blank(begin, end);
    if (fence) fenced = !fenced;
    for (std::size_t open = text.find('`', begin); open < end; open = text.find('`', open)) {
      const std::size_t close = text.find('`', open + 1);
      if (close >= end) break;
      blank(open, close + 1);
    }
    begin = end + 1;
  }
  return text;
}

std::vector<Link> links_of(const std::string& page) {
  const std::string text = without_code(page);
  std::vector<Link> links;
  for (std::size_t i = text.find("]("); i != std::string::npos; i = text.find("](", i + 2)) {
    Link link;
    link.at = i + 2;
    const std::size_t end = text.find_first_of(" \n)", link.at);
    if (end == std::string::npos) continue;
    link.target = page.substr(link.at, end - link.at);
    const std::size_t quote = text.find_first_not_of(" \n", end);
    if (text[end] != ')' && quote != std::string::npos && text[quote] == '"')
      link.words = page.substr(quote + 1, page.find('"', quote + 1) - quote - 1);
    std::replace(link.words.begin(), link.words.end(), '\n', ' ');
    links.push_back(link);
  }
  for (const std::string attribute : {"src=\"", "href=\""})
    for (std::size_t i = text.find(attribute); i != std::string::npos; i = text.find(attribute, i + 1)) {
      const std::size_t at = i + attribute.size();
      links.push_back({at, page.substr(at, page.find('"', at) - at), {}});
    }
  std::sort(links.begin(), links.end(), [](const Link& a, const Link& b) { return a.at < b.at; });
  return links;
}

/// True if the page has a heading whose anchor, as GitHub makes it, is this one.
bool has_heading(const std::string& page, const std::string& anchor) {
  bool fenced = false;
  for (const std::string& line : lines_of(page)) {
    if (line.compare(0, 3, "```") == 0) fenced = !fenced;
    const std::size_t title = line.find_first_not_of('#');
    if (fenced || title == 0 || title == std::string::npos || line[title] != ' ') continue;
    std::string slug;
    for (const char c : line.substr(title + 1)) {
      const auto u = static_cast<unsigned char>(c);
      if (std::isalnum(u) || c == '-' || c == '_' || u >= 128) slug += static_cast<char>(std::tolower(u));
      if (c == ' ') slug += '-';
    }
    if (slug == anchor) return true;
  }
  return false;
}

/// The 1-based line nearest to `near` that contains the words; 0 if none does.
std::size_t find_line(const std::vector<std::string>& lines, const std::string& words, std::size_t near) {
  std::size_t best = 0;
  const auto distance = [near](std::size_t n) { return n > near ? n - near : near - n; };
  for (std::size_t n = 1; n <= lines.size(); ++n)
    if (lines[n - 1].find(words) != std::string::npos && (best == 0 || distance(n) < distance(best))) best = n;
  return best;
}

/// Checks one page and returns its text with the line numbers put right.
std::string check(const fs::path& path, bool fix, Count& count) {
  const std::string page = read(path);
  std::string result = page;
  const std::vector<Link> links = links_of(page);
  for (auto link = links.rbegin(); link != links.rend(); ++link) {  // from the end: earlier offsets stay valid
    if (link->target.find("://") != std::string::npos || link->target.compare(0, 7, "mailto:") == 0) continue;
    ++count.links;
    const auto line_here = 1 + std::count(page.begin(), page.begin() + static_cast<std::ptrdiff_t>(link->at), '\n');
    const auto say = [&](const std::string& what) {
      std::cout << path.string() << ':' << line_here << ": link to " << link->target << ": " << what << '\n';
    };
    const std::size_t hash = link->target.find('#');
    const std::string file = link->target.substr(0, hash);
    const std::string anchor = hash == std::string::npos ? "" : link->target.substr(hash + 1);
    const fs::path target = file.empty() ? path : path.parent_path() / file;
    if (!fs::exists(target)) {
      ++count.wrong;
      say("there is no such file");
      continue;
    }
    if (anchor.empty()) continue;
    if (target.extension() == ".md") {
      if (!has_heading(read(target), anchor)) {
        ++count.wrong;
        say("that page has no such heading");
      }
      continue;
    }
    ++count.lines;
    const bool numeric = anchor.size() > 1 && anchor.size() < 8 && anchor[0] == 'L' &&
                         std::all_of(anchor.begin() + 1, anchor.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!numeric || link->words.empty()) {
      ++count.wrong;
      say("write it as file#Lnumber \"words that stand on that line\"");
      continue;
    }
    const std::size_t number = std::stoul(anchor.substr(1));
    const std::size_t right = find_line(lines_of(read(target)), link->words, number);
    if (right == number) continue;
    if (right == 0) {
      ++count.wrong;
      say("\"" + link->words + "\" stands nowhere in that file");
    } else if (fix) {
      ++count.fixed;
      result.replace(link->at, link->target.size(), file + "#L" + std::to_string(right));
      say("moved to line " + std::to_string(right));
    } else {
      ++count.wrong;
      say("\"" + link->words + "\" stands on line " + std::to_string(right) + " now; run docs_links --fix");
    }
  }
  return result;
}

/// Compares the page's blocks of code that are quoted from a file with that file.
void check_quotes(const fs::path& path, Count& count) {
  std::string quote;  // what stands in the open block
  fs::path source;    // and the file it is from; empty: none is open
  std::size_t number = 0, first = 0;
  bool fenced = false;
  for (const std::string& line : lines_of(read(path))) {
    ++number;
    if (line.compare(0, 3, "```") != 0) {
      if (!source.empty()) quote += line + '\n';
      continue;
    }
    fenced = !fenced;
    const std::size_t from = line.find(" from ");
    if (fenced && from != std::string::npos) {
      source = path.parent_path() / line.substr(from + 6);
      first = number;
    } else if (!source.empty()) {
      ++count.quotes;
      const bool exists = fs::exists(source);
      if (!exists || read(source).find(quote) == std::string::npos) {
        ++count.wrong;
        std::cout << path.string() << ':' << first << ": block from " << source.string() << ": "
                  << (exists ? "these lines do not stand there; copy them again" : "there is no such file") << '\n';
      }
      quote.clear();
      source.clear();
    }
  }
}

}  // namespace

int main(int argc, char* argv[]) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool fix = !arguments.empty() && arguments.front() == "--fix";
  if (arguments.size() != (fix ? 2U : 1U)) {
    std::cerr << "usage: docs_links [--fix] ROOT\n";
    return 2;
  }
  const fs::path root = arguments.back();
  std::vector<fs::path> pages;
  if (fs::exists(root / "README.md")) pages.push_back(root / "README.md");
  if (fs::exists(root / "docs"))
    for (const auto& entry : fs::directory_iterator(root / "docs"))
      if (entry.path().extension() == ".md") pages.push_back(entry.path());
  std::sort(pages.begin(), pages.end());
  if (pages.empty()) {
    std::cerr << "docs_links: there are no pages in " << root << '\n';
    return 2;
  }

  Count count;
  for (const fs::path& page : pages) {
    const std::string text = check(page, fix, count);
    check_quotes(page, count);
    if (fix && text != read(page)) std::ofstream(page, std::ios::binary) << text;
  }
  std::cout << pages.size() << " pages, " << count.links << " links, " << count.lines
            << " of them to lines of code: " << count.wrong << " wrong, " << count.fixed << " put right; "
            << count.quotes << " blocks from files\n";
  return count.wrong == 0 ? 0 : 1;
}
