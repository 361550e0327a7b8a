#include "stream/manifest/algorithm_spec.hpp"

#include <utility>

#include "stream/manifest/logic_part.hpp"

namespace stream::manifest {

Result<AlgorithmSpec> make_algorithm_spec(std::int32_t type, std::string name, const nlohmann::json& logic,
                                          std::int32_t sample_interval) {
  AlgorithmSpec spec;
  spec.type = type;
  spec.name = std::move(name);
  spec.sample_interval = sample_interval;
  spec.logic_json = logic.dump();
  if (const auto part = parse_logic_part(spec.logic_json); !part) return tl::unexpected(part.error());
  return spec;
}

}  // namespace stream::manifest
