#include "stream/decision/decider.hpp"

#include <utility>

#include "manifest_rules.hpp"
#include "rule_chain.hpp"
#include "stream/decision/objects.hpp"

namespace stream::decision {

struct Decider::Impl {
  const manifest::ObjectSpec object;
  RuleChain chain;

  std::vector<ObjectAlarm> next_frame(const FrameMeta& frame, std::vector<Verdict>* why) {
    const auto keys = keys_in(frame, object);
    std::vector<ObjectView> objects;
    objects.reserve(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      ObjectView view{keys[i], box_of(frame, object, i)};
      if (const auto* detection = detection_of(frame, object, i)) {
        view.class_id = detection->class_id;
        view.score = detection->score;
      } else if (object.from == manifest::ObjectList::kFaces) {
        view.score = frame.faces[i].score;
      }
      objects.push_back(view);
    }
    return chain.next_frame(
        {frame.frame_id, frame.timestamp_us, frame.received_us, {frame.width, frame.height}, objects, &frame},
        why);
  }
};

Result<Decider> Decider::make(const manifest::LogicPart& part, const DeciderOptions& options) {
  auto spec = rule_spec_of(part, options);
  if (!spec) return tl::unexpected(std::move(spec.error()));
  auto custom = CustomStage::make(part.rules.custom, options.custom_rules);
  if (!custom) return tl::unexpected(std::move(custom.error()));
  auto chain = RuleChain::make(*std::move(spec), *std::move(custom));
  if (!chain) return tl::unexpected(std::move(chain.error()));
  return Decider(std::unique_ptr<Impl>(new Impl{part.object, *std::move(chain)}));
}

Decider::Decider(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Decider::Decider(Decider&&) noexcept = default;
Decider& Decider::operator=(Decider&&) noexcept = default;
Decider::~Decider() = default;

std::vector<ObjectAlarm> Decider::next_frame(const FrameMeta& frame, std::vector<Verdict>* why) {
  return impl_->next_frame(frame, why);
}

RuleState Decider::save() {
  return impl_->chain.save();
}

void Decider::restore(RuleState state) {
  impl_->chain.restore(std::move(state));
}

const RuleCounts& Decider::counts() const {
  return impl_->chain.counts();
}

const CustomRuleCounts& Decider::custom_counts() const {
  return impl_->chain.custom_counts();
}

std::uint64_t Decider::crowded_out() const {
  return impl_->chain.crowded_out();
}

}  // namespace stream::decision
