#include "stream_config.hpp"

#include <unistd.h>

#include <algorithm>
#include <limits>

#include "element_edits.hpp"
#include "json_reader.hpp"
#include "sample_files.hpp"
#include "stream_graph.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using File = SampleFiles::File;

auto in_file(const std::string& file) {
  return [&file](Error error) { return std::move(error).within(file); };
}

Status expect_file(const Installation& installation, const std::string& reference,
                   const std::string& named_in) {
  const fs::path path = installation.resolve(reference);
  std::error_code failure;
  if (fs::is_regular_file(path, failure)) return {};
  return fail(ErrorCode::kNotFound, "{}: found no file {}, expected it to exist", named_in, path.string());
}

// Models and shared objects that a configuration names, wherever in it they stand.
Status expect_binaries(const Installation& installation, const json& value, const std::string& named_in) {
  if (value.is_structured()) {
    for (const auto& [key, member] : value.items()) {
      if (key == "model_path" && member.is_string()) {
        if (auto there = expect_file(installation, member, named_in); !there) return there;
      }
      if (auto there = expect_binaries(installation, member, named_in); !there) return there;
    }
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.ends_with(".bmodel") || text.ends_with(".so")) return expect_file(installation, text, named_in);
  }
  return {};
}

// A file is played at its own speed, as a camera would: a negative rate means as fast as it goes, and
// http_push drops what it cannot post in time. (The number itself counts for folders of pictures only.)
void pace_file(json& channel, const std::string& source_type) {
  constexpr int kUsualFps = 25;
  const bool is_file = source_type == "VIDEO" || source_type == "IMG_DIR";
  const auto fps = channel.find("fps");
  if (is_file && fps != channel.end() && fps->is_number() && fps->get<double>() <= 0) *fps = kUsualFps;
}

// "yolov5_group" runs the stages of "yolov5" in one element.
std::string element_kind(const json& config) {
  constexpr std::string_view kGroup = "_group";
  std::string name = config["name"];
  if (name.ends_with(kGroup)) name.resize(name.size() - kGroup.size());
  return name;
}

Status check_element(const Installation& installation, const File& file) {
  std::optional<Error> error;
  const JsonReader reader(file.content, error);
  reader["name"].string();
  reader["shared_object"].string();
  if (error) return tl::unexpected(std::move(*error).within(file.source));
  return expect_binaries(installation, file.content, file.source);
}

class Conversion {
 public:
  explicit Conversion(const StreamConfigRequest& request)
      : request_(request),
        files_(request.installation, request.installation.sample_config(request.manifest.sample),
               request.folder) {}

  Result<StreamConfig> run() {
    const fs::path demo_path =
        request_.installation.sample_config(request_.manifest.sample) / request_.manifest.demo;
    const auto demo = files_.read(demo_path);
    if (!demo) return tl::unexpected(demo.error());
    const auto sample_interval = edit_demo(**demo);
    if (!sample_interval) return tl::unexpected(sample_interval.error());
    const auto engine = files_.read((*demo)->content["engine_config_path"]);
    if (!engine) return tl::unexpected(engine.error());
    if (auto edited = edit_engine(**engine); !edited) return tl::unexpected(edited.error());
    // The address comes last, so that nothing in it is taken for a placeholder or a reference.
    const std::string demo_name = (*demo)->name;
    StreamConfig result{files_.take(), demo_name, *sample_interval};
    result.files[demo_name]["channels"][0]["url"] = request_.address;
    return result;
  }

 private:
  // The channel's sample interval.
  Result<std::int32_t> edit_demo(File& demo) {
    std::optional<Error> error;
    const JsonReader root(demo.content, error);
    root["engine_config_path"].string();
    const JsonReader channels = root["channels"];
    if (channels.size() == 0) channels.complain("at least one channel");
    std::int32_t interval = 1;
    if (!error) {
      const JsonReader first = channels[std::size_t{0}];
      first.expect_object();
      if (const JsonReader own = first["sample_interval"]; !own.is_absent()) {
        interval = static_cast<std::int32_t>(own.integer(0, std::numeric_limits<std::int32_t>::max()));
      }
      if (const JsonReader graph = first["graph_id"]; !graph.is_absent()) {
        graph_id_ = graph.integer(0, std::numeric_limits<std::int32_t>::max());
      }
    }
    if (error) return tl::unexpected(std::move(*error).within(demo.source));
    interval = std::max(request_.algorithm.detect_interval.value_or(interval), 1);

    json channel = demo.content["channels"][0];
    channel["channel_id"] = 0;
    channel["source_type"] = request_.source_type;
    channel["sample_interval"] = interval;
    pace_file(channel, request_.source_type);
    channel.erase("roi");  // belongs to the sample's video
    demo.content["channels"] = json::array({std::move(channel)});
    const FrameTarget& target = request_.target;
    demo.content["http_report"] = {
        {"ip", target.ip}, {"port", target.port}, {"path", "/frames/in/" + target.path_key}};
    demo.content["http_listen"] = {{"ip", "127.0.0.1"}, {"port", request_.control_port}};
    demo.content["download_image"] = false;  // it would write pictures into the installation
    return interval;
  }

  Status edit_engine(File& engine) {
    std::optional<Error> error;
    const JsonReader root(engine.content, error);
    std::vector<StreamGraph> graphs;
    const std::size_t count = root.size();
    if (count == 0) root.complain("at least one graph");
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < count && !error; ++i) {
      graphs.push_back(read_graph(root[i]));
      if (graph_id_ &&
          root[i]["graph_id"].integer(0, std::numeric_limits<std::int32_t>::max()) == *graph_id_) {
        chosen = i;
      }
    }
    if (error) return tl::unexpected(std::move(*error).within(engine.source));

    if (auto sound = check_graph(graphs[chosen]); !sound) return sound.map_error(in_file(engine.source));
    // A stream process runs its channels through every graph of the file, so that with two of them every
    // frame would come twice.
    engine.content = json::array({json(engine.content[chosen])});
    const auto pushes = edit_elements(graphs[chosen]);
    if (!pushes) return tl::unexpected(pushes.error());
    if (!*pushes) {
      File& push = files_.add("http_push.json", new_http_push());
      edit_http_push(push.content, request_.target);
      if (auto there = expect_binaries(request_.installation, push.content, "http_push"); !there)
        return there;
      append_sink(engine.content[0], graphs[chosen], unused_element_id(graphs), files_.path_of(push));
    }
    const StreamGraph result = read_graph(JsonReader(engine.content[0], error));
    if (error) return tl::unexpected(std::move(*error).within(engine.source));
    return check_graph(result).map_error(in_file(engine.source));
  }

  // Whether one of them is an http_push.
  Result<bool> edit_elements(const StreamGraph& graph) {
    bool pushes = false;
    for (const GraphElement& element : graph.elements) {
      const auto file = files_.read(element.config);
      if (!file) return tl::unexpected(file.error());
      if (auto sound = check_element(request_.installation, **file); !sound)
        return tl::unexpected(sound.error());
      const std::string kind = element_kind((*file)->content);
      if (auto edited = edit_element((*file)->content, kind); !edited) {
        return tl::unexpected(std::move(edited.error()).within((*file)->source));
      }
      pushes = pushes || kind == "http_push";
    }
    return pushes;
  }

  Status edit_element(json& config, const std::string& kind) {
    if (kind == "http_push") {
      edit_http_push(config, request_.target);
    } else if (kind == "filter") {
      return edit_filter(config, request_.manifest.filter_areas, request_.algorithm);
    }
    for (const DetectorRule& rule : request_.manifest.detectors) {
      if (rule.element == kind) return edit_detector(config, rule, request_.algorithm);
    }
    return {};
  }

  const StreamConfigRequest& request_;
  SampleFiles files_;
  std::optional<std::int64_t> graph_id_;  // the one the sample's channel asks for
};

}  // namespace

Result<StreamConfig> make_stream_config(const StreamConfigRequest& request) {
  const std::string executable = request.installation.executable();
  if (::access(executable.c_str(), X_OK) != 0) {
    return fail(ErrorCode::kNotFound, "{}: found no program, expected the stream process", executable);
  }
  return Conversion(request).run();
}

}  // namespace stream::api
