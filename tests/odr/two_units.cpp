// Both other files of this program include every header.
#include <cstdio>
#include <cstring>

const char* first();
const char* second();

int main() {
  std::printf("%s %s\n", first(), second());
  return std::strcmp(first(), second());
}
