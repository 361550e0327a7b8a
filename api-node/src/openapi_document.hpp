// api-node/openapi.json, which says what /api/v1 is, as it was when this was built.
#pragma once

#include <string_view>

namespace stream::api {

extern const std::string_view kOpenapiDocument;

}  // namespace stream::api
