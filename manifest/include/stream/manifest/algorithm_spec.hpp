// What a task's record says of one of its algorithms.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::manifest {

// All of it but where its frames come from. `logic` is as resolve_logic() gives it; kInvalid when it is not.
Result<AlgorithmSpec> make_algorithm_spec(std::int32_t type, std::string name, const nlohmann::json& logic,
                                          std::int32_t sample_interval);

}  // namespace stream::manifest
