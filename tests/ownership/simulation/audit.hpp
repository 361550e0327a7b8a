// Watches what the broker is told and says what must not be.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "figures.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::simulation {

// Confined to one thread.
class Audit {
 public:
  explicit Audit(Figures& figures) : figures_(figures) {}

  void on_written(const std::string& key, const std::optional<std::string>& before,
                  const std::optional<std::string>& after);
  void on_enqueued(const std::string& id, const std::string& payload, bool stored);

  // What is wrong for good.
  const std::vector<std::string>& problems() const { return problems_; }
  // What is still to come: committed and not enqueued. Empty: nothing.
  std::string missing() const;
  // Enqueued although no state says that it was decided.
  std::string uncommitted() const;
  // What was decided, "<task>|<incarnation>|<object>@<frame>".
  const std::map<std::string, std::string>& enqueued() const { return ids_of_enqueued_; }
  // How often work was taken from an owner that had not let it go.
  std::uint64_t taken_away() const { return taken_away_; }

 private:
  void complain(std::string what);

  Figures& figures_;
  std::vector<std::string> problems_;
  std::map<std::string, std::string> committed_;        // payload by id
  std::map<std::string, std::string> payloads_;         // of what is enqueued, by id
  std::map<std::string, std::string> ids_of_enqueued_;  // by payload
  std::uint64_t taken_away_ = 0;
};

}  // namespace stream::simulation
