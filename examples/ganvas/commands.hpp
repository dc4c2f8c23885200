#pragma once
// The commands of `ganvas`; each takes its own arguments, argv[0] being the command's name, and gives the exit code.

namespace tool {

int command_recipes(int argc, char** argv);
int command_train(int argc, char** argv);
int command_sample(int argc, char** argv);
int command_interpolate(int argc, char** argv);
int command_score(int argc, char** argv);
int command_info(int argc, char** argv);
int command_report(int argc, char** argv);

}  // namespace tool
