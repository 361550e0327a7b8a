// The one task of a stream-client, as an api-node would have recorded it.
#pragma once

#include "client_config.hpp"
#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::client {

// The algorithm of the type as its manifest says it, once for each camera, each with a path key of its own.
// kInvalid names the flag, what was found and what was expected.
Result<TaskRecord> make_task_record(const ClientConfig& config);

}  // namespace stream::client
