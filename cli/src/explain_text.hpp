// What an api-node says about "why was there no alarm?", as text for people.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>

namespace stream::cli {

// `explanation`: the answer to GET /api/v1/tasks/<id>/explain. False: it is no such answer; what was printed
// up to there stays.
bool print_explanation(std::ostream& out, const nlohmann::json& explanation);

}  // namespace stream::cli
