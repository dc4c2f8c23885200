#pragma once
// in_child(f): f() in a child process that ends right after it, as if it were killed: no destructor of ours runs.
#if defined(__unix__)
#  include <sys/wait.h>
#  include <unistd.h>

namespace test {

/// 0 if f() returned, 1 if it threw, -1 if the child died of something else.
template <class F>
int in_child(const F& f) {
  const pid_t child = fork();
  if (child < 0) return -1;
  if (child == 0) {
    int code = 1;
    try {
      f();
      code = 0;
    } catch (...) {
    }
    _exit(code);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace test
#endif
