#include "loitering.hpp"
#include "stream/logic/run.hpp"

int main(int argc, char** argv) {
  return stream::logic::run_logic_node(argc, argv, loitering::own_rules());
}
