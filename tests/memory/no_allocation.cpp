// After the second training step nothing is asked from the system any more: the pool of tensors counts nothing, and the
// program forbids itself mmap, brk and mremap from then on (by a seccomp filter, for all of its threads), counts who
// asks, and refuses.
// Exit code 0: nobody asked; 1: somebody did; 77: this system can not tell.
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#  include <cerrno>
#  include <csignal>
#  include <cstddef>
#  include <cstdint>
#  include <cstdio>
#  include <exception>
#  include <linux/audit.h>
#  include <linux/filter.h>
#  include <linux/seccomp.h>
#  include <malloc.h>
#  include <sys/mman.h>
#  include <sys/prctl.h>
#  include <sys/syscall.h>
#  include <sys/wait.h>
#  include <ucontext.h>
#  include <unistd.h>

#  include "ganvas/gan/trainer.hpp"
#  include "ganvas/models/dcgan.hpp"

namespace {

using namespace ganvas;

volatile std::sig_atomic_t refused = 0;
long long heap_end = 0;

/// Runs in place of a forbidden call: it fails for want of memory. (brk says so by giving the end of the heap as it
/// is.)
void refuse(int, siginfo_t* call, void* context) {
  refused = refused + 1;
  const long long result = call->si_syscall == __NR_brk ? heap_end : -ENOMEM;
  auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#  if defined(__x86_64__)
  machine.gregs[REG_RAX] = result;
#  else
  machine.regs[0] = static_cast<unsigned long long>(result);
#  endif
}

/// Forbids all threads of this process to ask for memory. False where the system does not allow such a filter.
bool forbid() {
  heap_end = static_cast<long long>(reinterpret_cast<std::intptr_t>(sbrk(0)));
  struct sigaction action = {};
  action.sa_sigaction = refuse;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  if (sigaction(SIGSYS, &action, nullptr) != 0) return false;
#  if defined(__x86_64__)
  constexpr unsigned arch = AUDIT_ARCH_X86_64;
#  else
  constexpr unsigned arch = AUDIT_ARCH_AARCH64;
#  endif
  // Each jump: offset if equal, offset if not.
  sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 0, 4),
                          BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 3, 0),
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_brk, 2, 0),
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mremap, 1, 0),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP)};
  const sock_fprog program{sizeof filter / sizeof *filter, filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

/// Trains: two steps freely, the rest without new memory.
template <class Loss, class Penalty>
int train(const char* name, bool batch_norm, const Loss& loss, const Penalty& penalty) {
  Random rng{1};
  auto g = Generator{models::dcgan_generator({.channels = {64, 32}}, rng)};
  auto d = Discriminator{models::dcgan_discriminator({.channels = {32, 64}, .batch_norm = batch_norm}, rng)};
  AdversarialTrainer trainer{g, d, loss, optim::Adam{.lr = 2e-4, .beta1 = 0.5}, penalty, {.ema = 0.99}};
  const auto x = rng.uniform<float>({32, 28, 28, 1}, -1.0F, 1.0F);
  for (int i = 0; i < 2; ++i) trainer.step(x);
  if (!forbid()) return 77;
  const auto asked = BufferPool::instance().system_allocations();
  const std::size_t given = mallinfo2().uordblks;
  int step = 2;
  try {
    for (; step < 40 && refused == 0; ++step) trainer.step(x);
  } catch (const std::exception& error) {
    std::printf("%s: step %d: %s\n", name, step + 1, error.what());
  }
  if (refused != 0) {
    std::printf("%s: step %d asked the system for memory.\n", name, step);
    return 1;
  }
  if (BufferPool::instance().system_allocations() != asked) {
    std::printf("%s: the pool of tensors asked for memory.\n", name);
    return 1;
  }
  // Lists of some bytes come and go; what the C library has given out does not grow with the steps.
  const std::size_t now = mallinfo2().uordblks;
  if (now > given + (std::size_t{64} << 10U)) {
    std::printf("%s: the C library gave out %zu bytes after two steps and %zu after %d.\n", name, given, now, step);
    return 1;
  }
  // The guard itself: what it is for must be seen.
  if (mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED || refused != 1) {
    std::printf("the filter does not count.\n");
    return 1;
  }
  return 0;
}

/// A filter stays to the end of its process: each training has one, made before any thread is.
template <class Loss, class Penalty>
int in_process(const char* name, bool batch_norm, const Loss& loss, const Penalty& penalty) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const int code = train(name, batch_norm, loss, penalty);
    std::fflush(stdout);
    _exit(code);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
    std::printf("%s: the process died: it was refused memory where it could not say so.\n", name);
    return 1;
  }
  return WEXITSTATUS(status);
}

}  // namespace

int main() {
  // What is not meant here: an arena that the C library sets up for a thread when it first asks, and how far the heap
  // has to grow for lists of some bytes that threads take and give back in an order that is a matter of chance.
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TOP_PAD, 1 << 20);
  const int codes[] = {in_process("DCGAN", true, loss::NonSaturating{}, NoPenalty{}),
                       in_process("WGAN-GP", false, loss::Wasserstein{}, GradientPenalty{})};
  for (const int code : codes)
    if (code != 0) return code;
  std::printf("no memory asked after the second step\n");
  return 0;
}
#else
int main() { return 77; }
#endif
