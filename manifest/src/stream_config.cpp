#include "stream/manifest/stream_config.hpp"

#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include "stream/common/json_reader.hpp"
#include "stream/manifest/mapping.hpp"
#include "stream/manifest/sample_files.hpp"
#include "stream/manifest/stream_graph.hpp"

namespace stream::manifest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using File = SampleFiles::File;

constexpr const char* kPushElement = "http_push";
// Each camera needs a thread of its own in these, or its frames get mixed up with others'.
constexpr std::array<const char*, 4> kThreadPerChannel{kPushElement, "bytetrack", "osd", "encode"};
constexpr std::int64_t kMaxInt = std::numeric_limits<std::int32_t>::max();

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

Status check_element(const Installation& installation, const File& file) {
  std::optional<Error> error;
  const JsonReader reader(file.content, error);
  reader["name"].string();
  reader["shared_object"].string();
  if (error) return tl::unexpected(std::move(*error).within(file.source));
  return expect_binaries(installation, file.content, file.source);
}

// The rules that an element has for each channel; null when it has none.
json* channel_rules(json& config) {
  const json::json_pointer place("/configure/rules");
  if (!config.is_object() || !config.contains(place) || !config[place].is_array()) return nullptr;
  json& rules = config[place];
  const auto has_channel = [](const json& rule) { return rule.is_object() && rule.contains("channel_id"); };
  if (rules.empty() || !std::all_of(rules.begin(), rules.end(), has_channel)) return nullptr;
  return &rules;
}

// They become those for the one channel that is left, whose id is 0: those of the sample's first channel,
// else the first.
void keep_one_channel(json& config, const json& first_channel) {
  json* rules = channel_rules(config);
  if (rules == nullptr) return;
  auto kept = std::find_if(rules->begin(), rules->end(),
                           [&](const json& rule) { return rule["channel_id"] == first_channel; });
  if (kept == rules->end()) kept = rules->begin();
  json rule = std::move(*kept);
  rule["channel_id"] = 0;
  *rules = json::array({std::move(rule)});
}

// An element made for one channel is ready for as many as there may be.
void make_room(json& element, const std::string& name, std::uint32_t channels) {
  const auto is_it = [&](const char* pattern) { return matches_element(pattern, name); };
  if (std::any_of(kThreadPerChannel.begin(), kThreadPerChannel.end(), is_it)) {
    const json& threads = element["thread_number"];
    if (!threads.is_number() || threads < channels) element["thread_number"] = channels;
  }
  json* rules = channel_rules(element);
  if (rules == nullptr || rules->size() != 1) return;
  for (std::uint32_t id = 1; id < channels; ++id) {
    json rule = rules->front();
    rule["channel_id"] = id;
    rules->push_back(std::move(rule));
  }
}

json new_http_push() {
  return {{"configure", json::object()},
          {"shared_object", "../../build/lib/libhttp_push.so"},
          {"name", kPushElement},
          {"side", "sophgo"},
          {"thread_number", 1}};
}

// Old releases read the path under "route" and add the channel's id, which is always 0, to the port.
void aim(json& push, const FrameTarget& target) {
  const std::string path = "/frames/in/" + target.path_key;
  push["configure"] = {{"ip", target.ip}, {"port", target.port}, {"path", path}, {"route", path}};
}

class Making {
 public:
  explicit Making(const StreamConfigRequest& request)
      : request_(request),
        algorithm_(request.algorithm),
        sample_(request.installation.sample_config(algorithm_.sample)),
        files_(request.installation, sample_, request.folder) {}

  Result<StreamConfig> run() {
    StreamConfig result;
    result.algorithm = algorithm_.name;
    auto logic = resolve_logic(algorithm_, request_.task.request, request_.index);
    if (!logic) return tl::unexpected(logic.error());
    result.logic = *std::move(logic);
    if (auto done = read_demo(); !done) return tl::unexpected(done.error());
    if (auto done = read_engine(); !done) return tl::unexpected(done.error());
    if (auto done = complete_graph(); !done) return tl::unexpected(done.error());
    if (auto done = map_task(); !done) return tl::unexpected(done.error());
    if (auto done = finish_demo(result.sample_interval); !done) return tl::unexpected(done.error());
    if (auto done = finish_elements(); !done) return tl::unexpected(done.error());
    result.demo_file = demo_->name;
    if (const json& id = engine_->content[0].value("graph_id", json(0)); id.is_number_integer())
      result.graph_id = id;
    for (auto& [name, file] : files_.take()) {
      if (file.original) result.samples.emplace(name, SampleFile{file.source, *std::move(file.original)});
      result.files.emplace(name, std::move(file.content));
    }
    // The address comes last, so that nothing in it is taken for a placeholder or a reference.
    json& channel = result.files[result.demo_file]["channels"][0];
    channel["url"] = request_.task.address;
    if (const auto& loops = request_.task.algorithms.at(request_.index).loops) channel["loop_num"] = *loops;
    return result;
  }

 private:
  // One channel of the sample's stays, with id 0.
  Status read_demo() {
    if (std::error_code failure; !fs::is_directory(sample_, failure)) {
      return fail(ErrorCode::kNotFound, "{}: found no such folder, expected the sample of {}: /stream/sample",
                  sample_.string(), algorithm_.file);
    }
    const auto file = files_.read(sample_ / algorithm_.demo);
    if (!file) return tl::unexpected(file.error());
    demo_ = *file;
    std::optional<Error> error;
    const JsonReader root(demo_->content, error);
    if (!algorithm_.engine) root["engine_config_path"].string();
    const JsonReader channels = root["channels"];
    if (channels.size() == 0) channels.complain("at least one channel");
    if (!error) {
      const JsonReader first = channels[std::size_t{0}];
      first.expect_object();
      if (const JsonReader id = first["channel_id"]; !id.is_absent()) first_channel_ = id.raw();
      if (const JsonReader graph = first["graph_id"]; !graph.is_absent())
        graph_id_ = graph.integer(0, kMaxInt);
    }
    if (error) return tl::unexpected(std::move(*error).within(demo_->source));
    if (algorithm_.graph_id) graph_id_ = algorithm_.graph_id;

    json channel = demo_->content["channels"][0];
    channel["channel_id"] = 0;
    channel.erase("roi");  // belongs to the sample's video
    if (algorithm_.graph_id && channel.contains("graph_id")) channel["graph_id"] = *graph_id_;
    demo_->content["channels"] = json::array({std::move(channel)});
    return {};
  }

  // One graph stays: a stream process runs its channels through every graph of the file, so that with two of
  // them every frame would come twice.
  Status read_engine() {
    if (algorithm_.engine) demo_->content["engine_config_path"] = (sample_ / *algorithm_.engine).string();
    const auto file = files_.read(demo_->content["engine_config_path"]);
    if (!file) return tl::unexpected(file.error());
    engine_ = *file;
    std::optional<Error> error;
    const JsonReader root(engine_->content, error);
    std::vector<StreamGraph> graphs;
    const std::size_t count = root.size();
    if (count == 0) root.complain("at least one graph");
    std::optional<std::size_t> chosen;
    for (std::size_t i = 0; i < count && !error; ++i) {
      graphs.push_back(read_graph(root[i]));
      if (graph_id_ && root[i]["graph_id"].integer(0, kMaxInt) == *graph_id_) chosen = i;
    }
    if (algorithm_.graph_id && !chosen) {
      root.complain(fmt::format("no graph with the graph_id {}", *algorithm_.graph_id),
                    fmt::format("one, as {} says", algorithm_.file));
    }
    if (error) return tl::unexpected(std::move(*error).within(engine_->source));
    graphs_ = graphs;
    engine_->content = json::array({json(engine_->content[chosen.value_or(0)])});
    return read_chosen();
  }

  // Reads the graph as it is now, and the files of its elements.
  Status read_chosen() {
    std::optional<Error> error;
    graph_ = read_graph(JsonReader(engine_->content[0], error));
    if (error) return tl::unexpected(std::move(*error).within(engine_->source));
    if (auto sound = check_graph(graph_); !sound)
      return tl::unexpected(std::move(sound.error()).within(engine_->source));
    elements_.clear();
    for (const GraphElement& element : graph_.elements) {
      const auto file = files_.read(element.config);
      if (!file) return tl::unexpected(file.error());
      if (auto sound = check_element(request_.installation, **file); !sound)
        return tl::unexpected(sound.error());
      elements_.push_back(*file);
    }
    return {};
  }

  std::string name_of(std::size_t element) const { return elements_[element]->content["name"]; }
  bool is_end(std::size_t element) const { return !graph_.elements[element].sink_ports.empty(); }
  bool is_push(std::size_t element) const { return matches_element(kPushElement, name_of(element)); }

  std::size_t end_of_graph() const {
    std::size_t i = 0;
    while (!is_end(i)) ++i;
    return i;
  }

  // What is pushed before the end lacks what later elements find, and would come besides what the end pushes.
  Status complete_graph() {
    const std::set<File*> before(elements_.begin(), elements_.end());
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      if (is_push(i) && !is_end(i)) bypass(engine_->content[0], graph_.elements[i].id);
    }
    if (auto read = read_chosen(); !read) return read;
    for (File* file : before) {
      if (std::find(elements_.begin(), elements_.end(), file) == elements_.end()) files_.drop(*file);
    }
    for (std::size_t i = 0; i < algorithm_.additions.size(); ++i) {
      if (auto added = add(algorithm_.additions[i], i); !added) return added;
      if (auto read = read_chosen(); !read) return read;
    }
    if (is_push(end_of_graph())) return {};
    File& push = files_.add("http_push.json", new_http_push());
    append_sink(engine_->content[0], graph_, unused_id(), files_.path_of(push));
    return read_chosen();
  }

  Status add(const GraphAddition& addition, std::size_t index) {
    const std::string name = addition.element["name"];
    std::optional<std::size_t> behind;
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      if (matches_element(name, name_of(i))) return {};
      if (matches_element(addition.after, name_of(i))) behind = i;
    }
    if (!addition.after.empty() && !behind) {
      return fail(ErrorCode::kInvalid, "{}: /graph/{}/after: found no element {} in {}, which has {}",
                  algorithm_.file, index, addition.after, engine_->source, fmt::join(names(), ", "));
    }
    const std::string path = files_.path_of(files_.add(name + ".json", addition.element));
    json& document = engine_->content[0];
    const std::size_t end = end_of_graph();
    if (behind) {
      insert_behind(document, graph_, graph_.elements[*behind].id, unused_id(), path);
    } else if (is_push(end)) {
      insert_before(document, graph_.elements[end].id, unused_id(), path);
    } else {
      append_sink(document, graph_, unused_id(), path);
    }
    return {};
  }

  // Above all ids of all graphs of the sample.
  std::int64_t unused_id() const {
    std::vector<StreamGraph> all = graphs_;
    all.push_back(graph_);
    return unused_element_id(all);
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < elements_.size(); ++i) all.push_back(name_of(i));
    return all;
  }

  Result<std::vector<MappingTarget>> files_of(const FileRole& role) {
    std::vector<MappingTarget> targets;
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      const auto is_it = [&](const std::string& pattern) { return matches_element(pattern, name_of(i)); };
      if (!std::any_of(role.elements.begin(), role.elements.end(), is_it)) continue;
      // Several elements may share a file.
      const auto has_it = [&](const MappingTarget& target) {
        return target.content == &elements_[i]->content;
      };
      if (std::none_of(targets.begin(), targets.end(), has_it))
        targets.push_back({elements_[i]->source, &elements_[i]->content});
    }
    if (!targets.empty() || role.optional) return targets;
    return fail(ErrorCode::kInvalid,
                "{}: found the elements {}, expected one named {} (else say \"optional\" in {}: /files/{})",
                engine_->source, fmt::join(names(), ", "), fmt::join(role.elements, " or "), algorithm_.file,
                role.name);
  }

  Status map_task() {
    for (File* element : elements_) keep_one_channel(element->content, first_channel_);
    MappingTargets targets = {{kDemoRole, {{demo_->source, &demo_->content}}},
                              {kEngineRole, {{engine_->source, &engine_->content}}}};
    for (const FileRole& role : algorithm_.roles) {
      auto files = files_of(role);
      if (!files) return tl::unexpected(files.error());
      targets[role.name] = *std::move(files);
    }
    if (auto done = apply_mapping(algorithm_, request_.task.request, request_.index, targets); !done)
      return done;
    return read_chosen();  // what it made of the engine file must still be one
  }

  // What every stream process needs, whatever the mapping has said.
  Status finish_demo(std::int32_t& sample_interval) {
    std::optional<Error> error;
    const JsonReader channels = JsonReader(demo_->content, error)["channels"];
    if (channels.size() != 1) channels.complain("one channel");
    if (!error) {
      const JsonReader interval = channels[std::size_t{0}]["sample_interval"];
      if (!interval.is_absent())
        sample_interval = static_cast<std::int32_t>(std::max<std::int64_t>(interval.integer(0, kMaxInt), 1));
    }
    if (error) return tl::unexpected(std::move(*error).within(demo_->source));
    json& demo = demo_->content;
    demo["channels"][0]["sample_interval"] = sample_interval;
    demo["channels"][0]["source_type"] = request_.source_type;
    pace_file(demo["channels"][0], request_.source_type);
    const FrameTarget& target = request_.target;
    demo["http_report"] = {
        {"ip", target.ip}, {"port", target.port}, {"path", "/frames/in/" + target.path_key}};
    // The path means nothing, but the stream process crashes without.
    demo["http_listen"] = {{"ip", "127.0.0.1"}, {"port", request_.control_port}, {"path", ""}};
    demo["download_image"] = false;  // it would write pictures into the installation
    return {};
  }

  Status finish_elements() {
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      if (is_push(i)) aim(elements_[i]->content, request_.target);
      if (request_.max_channels > 1) make_room(elements_[i]->content, name_of(i), request_.max_channels);
    }
    return {};
  }

  const StreamConfigRequest& request_;
  const Algorithm& algorithm_;
  const fs::path sample_;
  SampleFiles files_;
  File* demo_ = nullptr;
  File* engine_ = nullptr;
  json first_channel_ = 0;
  std::optional<std::int64_t> graph_id_;
  StreamGraph graph_;                // the one that stays
  std::vector<File*> elements_;      // its elements' files, in step with graph_.elements
  std::vector<StreamGraph> graphs_;  // all of the sample
};

}  // namespace

Result<StreamConfig> make_stream_config(const StreamConfigRequest& request) {
  const std::string executable = request.installation.executable();
  if (::access(executable.c_str(), X_OK) != 0) {
    return fail(ErrorCode::kNotFound, "{}: found no program, expected the stream process", executable);
  }
  return Making(request).run();
}

std::int64_t loops(const StreamConfig& config) {
  const json& channel = config.files.at(config.demo_file).at("channels").at(0);
  const auto found = channel.find("loop_num");
  return found != channel.end() && found->is_number_integer() ? found->get<std::int64_t>() : 1;
}

}  // namespace stream::manifest
