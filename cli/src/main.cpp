#include "stream/cli/run.hpp"

int main(int argc, char** argv) {
  return stream::cli::run_streamctl(argc, argv, {});
}
