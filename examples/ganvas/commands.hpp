#pragma once
// The commands of `ganvas`; each takes its own arguments, argv[0] being the command's name, and gives the exit code.

namespace tool {

/// For the end of a command's --help. `ganvas train` has more of them.
constexpr const char* exit_codes =
    "Exit codes: 0 done, 2 it could not be done (a wrong option, no data, a full disk, a generator that gives NaN; the "
    "reason is on the standard error stream).";
constexpr const char* exit_codes_of_train =
    "Exit codes: 0 done, 1 the training broke down (its losses or its samples became NaN, again and again), 2 it could "
    "not be done or not go on (a wrong option, no data, a full disk; the reason is on the standard error stream), 130 "
    "interrupted by Ctrl-C, with what there is.";

int command_recipes(int argc, char** argv);
int command_train(int argc, char** argv);
int command_sample(int argc, char** argv);
int command_interpolate(int argc, char** argv);
int command_score(int argc, char** argv);
int command_info(int argc, char** argv);
int command_report(int argc, char** argv);

}  // namespace tool
