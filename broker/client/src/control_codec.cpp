#include "control_codec.hpp"

#include <algorithm>
#include <limits>
#include <msgpack.hpp>
#include <type_traits>
#include <utility>

namespace stream::bus::control {
namespace {

constexpr std::size_t kHeadElements = 3;  // version, id, name
constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxElements = 1'000'000;
constexpr milliseconds kMaxDuration = std::chrono::hours(24 * 30);

using Packer = msgpack::packer<msgpack::sbuffer>;

template <class T>
concept HasMembers = requires(T value) {
  value.members();
};

// ---- packing

template <class T>
void pack(Packer& packer, const T& value);

template <HasMembers T>
void pack_members(Packer& packer, const T& value) {
  // members() names the members for reading and writing alike; nothing is changed here.
  std::apply([&](const auto&... member) { (pack(packer, member), ...); }, const_cast<T&>(value).members());
}

template <HasMembers T>
constexpr std::uint32_t member_count() {
  return static_cast<std::uint32_t>(std::tuple_size_v<decltype(std::declval<T&>().members())>);
}

void pack_settlement(Packer& packer, const Settlement& settlement) {
  packer.pack_array(2);
  if (std::holds_alternative<Ack>(settlement)) {
    packer.pack(std::string_view("ack")).pack_nil();
  } else if (const auto* retry = std::get_if<Retry>(&settlement)) {
    packer.pack(std::string_view("retry")).pack_array(2);
    pack(packer, retry->in);
    pack(packer, retry->group);
  } else if (const auto* extend = std::get_if<Extend>(&settlement)) {
    packer.pack(std::string_view("extend"));
    pack(packer, extend->lease);
  } else {
    packer.pack(std::string_view("park")).pack(std::get<Park>(settlement).reason);
  }
}

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
void pack(Packer& packer, const T& value) {
  if constexpr (HasMembers<T>) {
    packer.pack_array(member_count<T>());
    pack_members(packer, value);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    packer.pack_bin(static_cast<std::uint32_t>(value.data.size()));
    packer.pack_bin_body(value.data.data(), static_cast<std::uint32_t>(value.data.size()));
  } else if constexpr (std::is_same_v<T, milliseconds>) {
    packer.pack(static_cast<std::uint64_t>(std::max(value, milliseconds(0)).count()));
  } else if constexpr (std::is_same_v<T, Settlement>) {
    pack_settlement(packer, value);
  } else if constexpr (std::is_enum_v<T>) {
    packer.pack(static_cast<std::uint64_t>(value));
  } else if constexpr (IsVector<T>::value) {
    packer.pack_array(static_cast<std::uint32_t>(value.size()));
    for (const auto& element : value) pack(packer, element);
  } else if constexpr (IsOptional<T>::value) {
    if (value) {
      pack(packer, *value);
    } else {
      packer.pack_nil();
    }
  } else {
    packer.pack(value);
  }
}

template <class Message>
std::string encode_message(std::uint64_t id, const Message& message) {
  return std::visit(
      [&](const auto& body) {
        using Body = std::decay_t<decltype(body)>;
        msgpack::sbuffer buffer;
        Packer packer(buffer);
        packer.pack_array(kHeadElements + member_count<Body>());
        packer.pack(kVersion).pack(id).pack(Body::kName);
        pack_members(packer, body);
        return std::string(buffer.data(), buffer.size());
      },
      message);
}

// ---- unpacking

std::string_view type_name(const msgpack::object& object) {
  switch (object.type) {
    case msgpack::type::NIL:
      return "nil";
    case msgpack::type::BOOLEAN:
      return "a boolean";
    case msgpack::type::POSITIVE_INTEGER:
    case msgpack::type::NEGATIVE_INTEGER:
      return "an integer";
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
      return "a number";
    case msgpack::type::STR:
      return "a string";
    case msgpack::type::BIN:
      return "bytes";
    case msgpack::type::ARRAY:
      return "an array";
    case msgpack::type::MAP:
      return "a map";
    case msgpack::type::EXT:
      return "an extension";
  }
  return "something unknown";
}

tl::unexpected<Error> mismatch(const msgpack::object& found, std::string_view expected) {
  return fail(ErrorCode::kInvalid, "found {}, expected {}", type_name(found), expected);
}

Status read_unsigned(const msgpack::object& object, std::uint64_t max, std::uint64_t& value) {
  if (object.type != msgpack::type::POSITIVE_INTEGER) return mismatch(object, "an unsigned integer");
  if (object.via.u64 > max)
    return fail(ErrorCode::kInvalid, "found {}, expected at most {}", object.via.u64, max);
  value = object.via.u64;
  return {};
}

Status read_text(const msgpack::object& object, std::string& value) {
  if (object.type != msgpack::type::STR) return mismatch(object, "a string");
  value.assign(object.via.str.ptr, object.via.str.size);
  return {};
}

constexpr std::uint64_t last_value(ErrorCode /*type*/) {
  return static_cast<std::uint64_t>(ErrorCode::kInternal);
}
constexpr std::uint64_t last_value(EnqueueResult /*type*/) {
  return static_cast<std::uint64_t>(EnqueueResult::kUnknown);
}
constexpr std::uint64_t last_value(QueueState /*type*/) {
  return static_cast<std::uint64_t>(QueueState::kParked);
}
constexpr std::uint64_t last_value(CasResult::Outcome /*type*/) {
  return static_cast<std::uint64_t>(CasResult::Outcome::kUnknown);
}

template <class T>
Status read(const msgpack::object& object, T& value);

template <HasMembers T>
Status read_members(const msgpack::object* elements, std::size_t count, T& value) {
  if (count != member_count<T>()) {
    return fail(ErrorCode::kInvalid, "found {} elements, expected {}", count, member_count<T>());
  }
  Status status;
  std::size_t index = 0;
  const auto read_next = [&](auto& member) {
    if (!status) return;
    status = read(elements[index], member);
    if (!status) status = tl::unexpected(std::move(status.error()).within(fmt::format("element {}", index)));
    ++index;
  };
  std::apply([&](auto&... member) { (read_next(member), ...); }, value.members());
  return status;
}

Status read_settlement(const msgpack::object& object, Settlement& settlement) {
  if (object.type != msgpack::type::ARRAY || object.via.array.size != 2) {
    return mismatch(object, "an array of two: kind and value");
  }
  const msgpack::object& argument = object.via.array.ptr[1];
  std::string kind;
  if (auto status = read_text(object.via.array.ptr[0], kind); !status) return status;
  if (kind == "ack") {
    settlement = Ack{};
    return argument.is_nil() ? Status{} : mismatch(argument, "nil");
  }
  if (kind == "retry") {
    if (argument.type != msgpack::type::ARRAY || argument.via.array.size != 2) {
      return mismatch(argument, "an array of two: delay and group");
    }
    auto& retry = settlement.emplace<Retry>();
    if (auto status = read(argument.via.array.ptr[0], retry.in); !status) return status;
    return read_text(argument.via.array.ptr[1], retry.group);
  }
  if (kind == "extend") return read(argument, settlement.emplace<Extend>().lease);
  if (kind == "park") return read(argument, settlement.emplace<Park>().reason);
  return fail(ErrorCode::kInvalid, "found another kind of settlement, expected ack, retry, extend or park");
}

template <class T>
Status read(const msgpack::object& object, T& value) {
  if constexpr (HasMembers<T>) {
    if (object.type != msgpack::type::ARRAY) return mismatch(object, "an array");
    return read_members(object.via.array.ptr, object.via.array.size, value);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    if (object.type != msgpack::type::BIN) return mismatch(object, "bytes");
    value.data.assign(object.via.bin.ptr, object.via.bin.size);
    return {};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return read_text(object, value);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (object.type != msgpack::type::BOOLEAN) return mismatch(object, "a boolean");
    value = object.via.boolean;
    return {};
  } else if constexpr (std::is_same_v<T, Settlement>) {
    return read_settlement(object, value);
  } else if constexpr (IsVector<T>::value) {
    if (object.type != msgpack::type::ARRAY) return mismatch(object, "an array");
    value.resize(object.via.array.size);
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (auto status = read(object.via.array.ptr[i], value[i]); !status) return status;
    }
    return {};
  } else if constexpr (IsOptional<T>::value) {
    if (!object.is_nil()) return read(object, value.emplace());
    value.reset();
    return {};
  } else {
    std::uint64_t number = 0;
    std::uint64_t max = 0;
    if constexpr (std::is_enum_v<T>) {
      max = last_value(T{});
    } else if constexpr (std::is_same_v<T, milliseconds>) {
      max = static_cast<std::uint64_t>(kMaxDuration.count());
    } else {
      max = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    }
    if (auto status = read_unsigned(object, max, number); !status) return status;
    value = static_cast<T>(number);
    return {};
  }
}

// Reads into the alternative of `Variant` that is called `name`.
template <class Variant, std::size_t index = 0>
Status read_named(std::string_view name, const msgpack::object* elements, std::size_t count,
                  Variant& message) {
  if constexpr (index == std::variant_size_v<Variant>) {
    return fail(ErrorCode::kInvalid, "found an unknown name, expected one of the protocol's");
  } else {
    if (name != std::variant_alternative_t<index, Variant>::kName) {
      return read_named<Variant, index + 1>(name, elements, count, message);
    }
    auto status = read_members(elements, count, message.template emplace<index>());
    if (!status) return tl::unexpected(std::move(status.error()).within(name));
    return {};
  }
}

template <class Variant>
Status decode_message(std::string_view bytes, std::optional<std::uint64_t>& id, Variant& message) {
  try {
    const msgpack::unpack_limit limits(kMaxElements, 0, bytes.size(), bytes.size(), 0, kMaxDepth);
    const auto refer = [](msgpack::type::object_type, std::size_t, void*) { return true; };
    std::size_t used = 0;
    bool referenced = false;
    const msgpack::object_handle handle =
        msgpack::unpack(bytes.data(), bytes.size(), used, referenced, refer, nullptr, limits);
    const msgpack::object& object = handle.get();
    if (used != bytes.size()) {
      return fail(ErrorCode::kInvalid, "found {} bytes after the message", bytes.size() - used);
    }
    if (object.type != msgpack::type::ARRAY) return mismatch(object, "an array");
    if (object.via.array.size < kHeadElements) {
      return fail(ErrorCode::kInvalid, "found {} elements, expected version, id and name",
                  object.via.array.size);
    }
    const msgpack::object* elements = object.via.array.ptr;
    std::uint64_t version = 0;
    std::string name;
    if (auto status = read(elements[0], version); !status) {
      return tl::unexpected(std::move(status.error()).within("version"));
    }
    if (version != kVersion)
      return fail(ErrorCode::kInvalid, "found version {}, expected {}", version, kVersion);
    if (auto status = read(elements[1], id.emplace()); !status) {
      id.reset();
      return tl::unexpected(std::move(status.error()).within("id"));
    }
    if (auto status = read_text(elements[2], name); !status) {
      return tl::unexpected(std::move(status.error()).within("name"));
    }
    return read_named(name, elements + kHeadElements, object.via.array.size - kHeadElements, message);
  } catch (const std::exception&) {
    return fail(ErrorCode::kInvalid, "found bytes that are no MessagePack, or cut off");
  }
}

}  // namespace

std::string encode(const Request& request) {
  return encode_message(request.id, request.operation);
}

std::string encode(const Answer& answer) {
  return encode_message(answer.id, answer.outcome);
}

tl::expected<Request, Undecodable> decode_request(std::string_view bytes) {
  std::optional<std::uint64_t> id;
  Operation operation;
  if (auto status = decode_message(bytes, id, operation); !status) {
    return tl::unexpected(Undecodable{std::move(status.error()), id});
  }
  return Request{*id, std::move(operation)};
}

Result<Answer> decode_answer(std::string_view bytes) {
  std::optional<std::uint64_t> id;
  Outcome outcome;
  if (auto status = decode_message(bytes, id, outcome); !status) {
    return tl::unexpected(std::move(status.error()));
  }
  return Answer{*id, std::move(outcome)};
}

}  // namespace stream::bus::control
