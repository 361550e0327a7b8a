#include "algorithm_test_command.hpp"

#include <filesystem>
#include <ostream>

#include "stream/common/node.hpp"
#include "stream/decision/case_run.hpp"
#include "stream/manifest/algorithm.hpp"
#include "stream/manifest/cases.hpp"

namespace stream::cli {
namespace {

struct Tally {
  std::size_t cases = 0, as_expected = 0;
};

Status run_case(const manifest::Algorithm& algorithm, const manifest::Case& one, Tally& tally,
                Environment& environment) {
  const std::string name = algorithm.name + "/" + one.name;
  const auto alarms = decision::alarms_of(algorithm, one, environment.rules);
  if (!alarms) return tl::unexpected(Error(alarms.error()).within("case " + name));
  const auto lines = manifest::differences(one.expected, *alarms);
  environment.out << name << (lines.empty() ? ": ok\n" : ": different\n");
  for (const std::string& line : lines) environment.out << "  " << line << '\n';
  ++tally.cases;
  tally.as_expected += lines.empty() ? 1 : 0;
  return {};
}

Status run_folder(const std::string& folder, Tally& tally, Environment& environment) {
  const auto algorithm = manifest::read_algorithm(folder);
  if (!algorithm) return tl::unexpected(algorithm.error());
  const auto cases = manifest::read_cases(folder);
  if (!cases) return tl::unexpected(cases.error());
  if (cases->empty()) {
    return fail(ErrorCode::kNotFound, "{}: found no case, expected at least one",
                (std::filesystem::path(folder) / "cases").string());
  }
  for (const manifest::Case& one : *cases) {
    if (auto done = run_case(*algorithm, one, tally, environment); !done) return done;
  }
  return {};
}

}  // namespace

Result<int> test_algorithms(const std::vector<std::string>& folders, Environment& environment) {
  Tally tally;
  for (const std::string& folder : folders) {
    if (auto done = run_folder(folder, tally, environment); !done) return tl::unexpected(done.error());
  }
  environment.out << fmt::format("{} of {} {} as expected\n", tally.as_expected, tally.cases,
                                 tally.cases == 1 ? "case" : "cases");
  return tally.as_expected == tally.cases ? kExitOk : kExitFailed;
}

}  // namespace stream::cli
