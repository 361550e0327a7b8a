// An alarm as its receivers want it.
#pragma once

#include <string>

#include "stream/schemas/messages.hpp"

namespace stream::reporter {

// A JSON array with the one alarm, as application-web's receiver wants it: TaskID, SceneImageBase64, SrcID,
// FrameIndex, AnalyzeEvents[{ImageBase64, Type, Box{LeftTopX, LeftTopY, RightBtmX, RightBtmY}, Extend}], and
// of our own AlarmID and, for a placeholder scene, PictureLost. Numbers are integers, Extend is always an
// object, bytes that are not UTF-8 are replaced.
std::string render_report(const Alarm& alarm);

}  // namespace stream::reporter
