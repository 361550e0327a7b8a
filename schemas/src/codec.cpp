#include "stream/schemas/codec.hpp"

#include <msgpack.hpp>

#include <limits>
#include <utility>

#include "fields.hpp"

namespace stream {
namespace {

using detail::Bytes;
using detail::BytesList;
using detail::Picture;
using detail::Record;

// ---- encoding
// -------------------------------------------------------------------------------------------------------

// msgpack-c packs into anything with write().
struct StringSink {
  std::string bytes;
  void write(const char* data, std::size_t size) { bytes.append(data, size); }
};

using Packer = msgpack::packer<StringSink>;

template <class T>
void pack(Packer& packer, const T& value);

template <class T>
void pack(Packer& packer, const std::vector<T>& list) {
  packer.pack_array(static_cast<std::uint32_t>(list.size()));
  for (const T& item : list) pack(packer, item);
}

void pack_bytes(Packer& packer, const std::string& bytes) {
  packer.pack_bin(static_cast<std::uint32_t>(bytes.size()));
  packer.pack_bin_body(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
}

void pack(Packer& packer, const Picture<const std::string>& picture) {
  pack_bytes(packer, picture.bytes);
}

void pack(Packer& packer, const Bytes<const std::string>& bytes) {
  pack_bytes(packer, bytes.bytes);
}

void pack(Packer& packer, const BytesList<const std::vector<std::string>>& list) {
  packer.pack_array(static_cast<std::uint32_t>(list.items.size()));
  for (const std::string& item : list.items) pack_bytes(packer, item);
}

template <class T>
void pack(Packer& packer, const T& value) {
  if constexpr (Record<const T>) {
    packer.pack_map(static_cast<std::uint32_t>(detail::member_count(value)));
    detail::visit(value, [&packer](std::string_view name, const auto& member) {
      packer.pack_str(static_cast<std::uint32_t>(name.size()));
      packer.pack_str_body(name.data(), static_cast<std::uint32_t>(name.size()));
      pack(packer, member);
    });
  } else {
    packer.pack(value);
  }
}

// ---- decoding
// -------------------------------------------------------------------------------------------------------

// Where in the message we are, as a chain of frames on the stack; becomes text only when something is wrong.
struct Place {
  const Place* outer = nullptr;
  std::string_view name;
  std::size_t index = std::numeric_limits<std::size_t>::max();

  std::string text() const {
    const std::string before = outer == nullptr ? std::string() : outer->text();
    if (index != std::numeric_limits<std::size_t>::max()) return fmt::format("{}[{}]", before, index);
    return before.empty() ? std::string(name) : fmt::format("{}.{}", before, name);
  }
};

std::string_view kind_of(const msgpack::object& o) {
  switch (o.type) {
    case msgpack::type::NIL:
      return "nil";
    case msgpack::type::BOOLEAN:
      return "a boolean";
    case msgpack::type::POSITIVE_INTEGER:
    case msgpack::type::NEGATIVE_INTEGER:
      return "an integer";
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
      return "a float";
    case msgpack::type::STR:
      return "a string";
    case msgpack::type::BIN:
      return "bytes";
    case msgpack::type::ARRAY:
      return "an array";
    case msgpack::type::MAP:
      return "a map";
    default:
      return "an extension";
  }
}

tl::unexpected<Error> mismatch(const Place& place, const msgpack::object& found, std::string_view expected) {
  const std::string where = place.text();
  return fail(ErrorCode::kInvalid, "{}: found {}, expected {}", where.empty() ? "message" : where,
              kind_of(found), expected);
}

template <class T>
Status unpack(const msgpack::object& o, T& value, const Place& place);

Status unpack(const msgpack::object& o, std::string& value, const Place& place) {
  if (o.type != msgpack::type::STR) return mismatch(place, o, "a string");
  value.assign(o.via.str.ptr, o.via.str.size);
  return {};
}

Status unpack_bytes(const msgpack::object& o, std::string& bytes, const Place& place) {
  if (o.type != msgpack::type::BIN) return mismatch(place, o, "bytes");
  bytes.assign(o.via.bin.ptr, o.via.bin.size);
  return {};
}

Status unpack(const msgpack::object& o, Picture<std::string> picture, const Place& place) {
  return unpack_bytes(o, picture.bytes, place);
}

Status unpack(const msgpack::object& o, Bytes<std::string> bytes, const Place& place) {
  return unpack_bytes(o, bytes.bytes, place);
}

Status unpack(const msgpack::object& o, BytesList<std::vector<std::string>> list, const Place& place) {
  if (o.type != msgpack::type::ARRAY) return mismatch(place, o, "an array");
  list.items.clear();
  list.items.reserve(o.via.array.size);
  for (std::uint32_t i = 0; i < o.via.array.size; ++i) {
    const Place here{&place, {}, i};
    if (auto done = unpack_bytes(o.via.array.ptr[i], list.items.emplace_back(), here); !done) return done;
  }
  return {};
}

Status unpack(const msgpack::object& o, bool& value, const Place& place) {
  if (o.type != msgpack::type::BOOLEAN) return mismatch(place, o, "a boolean");
  value = o.via.boolean;
  return {};
}

template <class T>
Status unpack(const msgpack::object& o, std::vector<T>& list, const Place& place) {
  if (o.type != msgpack::type::ARRAY) return mismatch(place, o, "an array");
  list.clear();
  list.reserve(o.via.array.size);
  for (std::uint32_t i = 0; i < o.via.array.size; ++i) {
    const Place here{&place, {}, i};
    if (auto done = unpack(o.via.array.ptr[i], list.emplace_back(), here); !done) return done;
  }
  return {};
}

template <class Number>
Status unpack_number(const msgpack::object& o, Number& value, const Place& place) {
  if constexpr (std::is_floating_point_v<Number>) {
    if (o.type == msgpack::type::FLOAT32 || o.type == msgpack::type::FLOAT64) {
      value = static_cast<Number>(o.via.f64);
      return {};
    }
    if (o.type == msgpack::type::POSITIVE_INTEGER) {
      value = static_cast<Number>(o.via.u64);
      return {};
    }
    if (o.type == msgpack::type::NEGATIVE_INTEGER) {
      value = static_cast<Number>(o.via.i64);
      return {};
    }
    return mismatch(place, o, "a number");
  } else {
    const bool positive = o.type == msgpack::type::POSITIVE_INTEGER;
    if (!positive && o.type != msgpack::type::NEGATIVE_INTEGER) return mismatch(place, o, "an integer");
    if (positive ? !std::in_range<Number>(o.via.u64) : !std::in_range<Number>(o.via.i64)) {
      return fail(ErrorCode::kInvalid, "{}: found an integer out of range, expected {} to {}", place.text(),
                  std::numeric_limits<Number>::min(), std::numeric_limits<Number>::max());
    }
    value = positive ? static_cast<Number>(o.via.u64) : static_cast<Number>(o.via.i64);
    return {};
  }
}

// Members come in the order of visit() from our own encoder, so the search for the next name starts behind
// the last hit.
class MapReader {
 public:
  explicit MapReader(const msgpack::object_map& map) : map_(map) {}

  const msgpack::object* find(std::string_view name) {
    for (std::uint32_t step = 0; step < map_.size; ++step) {
      const std::uint32_t at = (next_ + step) % map_.size;
      const msgpack::object& key = map_.ptr[at].key;
      if (key.type == msgpack::type::STR && std::string_view(key.via.str.ptr, key.via.str.size) == name) {
        next_ = at + 1;
        return &map_.ptr[at].val;
      }
    }
    return nullptr;
  }

 private:
  const msgpack::object_map& map_;
  std::uint32_t next_ = 0;
};

template <class T>
Status unpack(const msgpack::object& o, T& value, const Place& place) {
  if constexpr (Record<T>) {
    if (o.type != msgpack::type::MAP) return mismatch(place, o, "a map");
    MapReader reader(o.via.map);
    Status status;
    detail::visit(value, [&](std::string_view name, auto&& member) {
      if (!status) return;
      if (const msgpack::object* found = reader.find(name)) {
        status = unpack(*found, member, Place{&place, name});
      }
    });
    return status;
  } else {
    return unpack_number(o, value, place);
  }
}

// Lists and pictures are bounded by the message's own length; these bounds keep nesting and element counts
// from costing more memory than the message itself could justify.
msgpack::unpack_limit limits_for(std::size_t bytes) {
  constexpr std::size_t kDepth = 8;
  return {bytes, bytes, bytes, bytes, 0, kDepth};
}

}  // namespace

template <class Message>
std::string encode(const Message& message) {
  StringSink sink;
  sink.bytes.push_back(static_cast<char>(kWireVersion));
  Packer packer(sink);
  pack(packer, message);
  return std::move(sink.bytes);
}

template <class Message>
Result<Message> decode(std::string_view bytes) {
  if (bytes.empty()) return fail(ErrorCode::kInvalid, "found an empty message");
  if (const auto version = static_cast<unsigned char>(bytes.front()); version != kWireVersion) {
    return fail(ErrorCode::kInvalid, "found wire version {}, expected {}", version, kWireVersion);
  }
  bytes.remove_prefix(1);
  try {
    // Strings and bins stay in `bytes` while we copy them out ourselves.
    const auto refer = [](msgpack::type::object_type, std::size_t, void*) { return true; };
    std::size_t used = 0;
    const msgpack::object_handle handle =
        msgpack::unpack(bytes.data(), bytes.size(), used, refer, nullptr, limits_for(bytes.size()));
    if (used != bytes.size()) {
      return fail(ErrorCode::kInvalid, "found {} bytes after the message", bytes.size() - used);
    }
    Message message;
    if (auto done = unpack(handle.get(), message, Place{}); !done) return tl::unexpected(done.error());
    return message;
  } catch (const msgpack::unpack_error& e) {
    return fail(ErrorCode::kInvalid, "not MessagePack: {}", e.what());
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kInvalid, "found lengths that do not fit into memory");
  }
}

#define STREAM_INSTANTIATE(Message)            \
  template std::string encode(const Message&); \
  template Result<Message> decode(std::string_view);
STREAM_INSTANTIATE(FrameMeta)
STREAM_INSTANTIATE(FrameBatch)
STREAM_INSTANTIATE(Alarm)
STREAM_INSTANTIATE(TaskEvent)
STREAM_INSTANTIATE(SystemEvent)
STREAM_INSTANTIATE(BegunEvents)
STREAM_INSTANTIATE(ReportResult)
STREAM_INSTANTIATE(TaskRecord)
STREAM_INSTANTIATE(FlowReport)
STREAM_INSTANTIATE(StateReport)
STREAM_INSTANTIATE(NodeRecord)
STREAM_INSTANTIATE(DeliveryRecord)
STREAM_INSTANTIATE(OwnedState)
STREAM_INSTANTIATE(RuleState)
STREAM_INSTANTIATE(LogicState)
STREAM_INSTANTIATE(AlarmDraft)
#undef STREAM_INSTANTIATE

}  // namespace stream
