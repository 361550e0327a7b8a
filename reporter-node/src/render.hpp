// Alarms and system events as their receivers want them.
#pragma once

#include <string>
#include <string_view>

#include "stream/schemas/messages.hpp"

namespace stream::reporter {

// A JSON array with the one alarm, as application-web's receiver wants it: TaskID, SceneImageBase64, SrcID,
// FrameIndex, AnalyzeEvents[{ImageBase64, Type, Box{LeftTopX, LeftTopY, RightBtmX, RightBtmY}, Extend}], and
// of our own AlarmID and, for a placeholder scene, PictureLost. Numbers are integers, Extend is always an
// object, bytes that are not UTF-8 are replaced.
std::string render_report(const Alarm& alarm);

// A JSON object with the members of the message. Bytes that are not UTF-8 are replaced.
std::string render_event(const SystemEvent& event);

// `id` as the value of a header line. Ids are made to fit, but they come over the wire: nothing in them may
// end the line.
std::string header_value(std::string_view id);

}  // namespace stream::reporter
