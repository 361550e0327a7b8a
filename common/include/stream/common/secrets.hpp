// Keeps passwords out of everything that is shown. Camera addresses carry them as rtsp://user:password@host.
#pragma once

#include <string>
#include <string_view>

namespace stream {

// `text` with the password of every `scheme://user:password@` replaced by ***, and the values of
// password-like query parameters (password, passwd, pwd, pass, secret, token, key, auth) as well. The user
// name stays: it helps to find the camera and is no secret. Text without such parts comes back unchanged. A
// word like user:password@host, without a scheme, is masked as well. In running text a password ends at white
// space, a double quote or an angle bracket.
std::string mask_secrets(std::string_view text);

// The same for text that is one address as a whole, however broken: everything from the first ':' of the user
// part to the last '@' counts as password, spaces and quotes included.
std::string mask_address(std::string_view address);

}  // namespace stream
