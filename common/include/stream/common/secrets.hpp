// Keeps passwords out of everything that is shown. Camera addresses carry them as rtsp://user:password@host.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stream {

// `text` with the password of every `scheme://user:password@` replaced by ***, and the values of
// password-like query parameters (password, passwd, pwd, pass, secret, token, key, auth) as well. The user
// name stays: it helps to find the camera and is no secret. Text without such parts comes back unchanged. A
// word like user:password@host, without a scheme, is masked as well. In running text a password ends at white
// space, a double quote or an angle bracket, unless what stands before that is neither a host nor a port:
// then at the next '@' of the line. (`rtsp://u:hunter 2@h` is told by its form, `rtsp://u:12 3@h` is not; who
// knows the address has secrets_in().)
std::string mask_secrets(std::string_view text);

// The same for text that is one address as a whole, however broken: everything from the first ':' of the user
// part to the last '@' counts as password, spaces and quotes included.
std::string mask_address(std::string_view address);

// A password as it stands in an address.
struct Secret {
  std::string before;  // "user:", or "name=" of a parameter
  std::string hidden;
  std::string after;  // "@", or nothing
  auto operator<=>(const Secret&) const = default;
};

// All that can be a password in `address`, which is one as a whole. Where its end is open, as in
// u:p@q@host, there is one for each way to read it.
std::vector<Secret> secrets_in(std::string_view address);

}  // namespace stream
