// Keeps passwords out of everything that is shown. Camera addresses carry them as rtsp://user:password@host.
#pragma once

#include <string>
#include <string_view>

namespace stream {

// `text` with the password of every `scheme://user:password@` replaced by ***, and the values of
// password-like query parameters (password, passwd, pwd, pass, secret, token, key, auth) as well. The user
// name stays: it helps to find the camera and is no secret. Text without such parts comes back unchanged.
std::string mask_secrets(std::string_view text);

}  // namespace stream
