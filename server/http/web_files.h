#pragma once
#include "http/answer.h"

#include <filesystem>

namespace picfind::server {

/// Files of a folder as a page needs them: types, ETags, the headers that isolate it. `path`: decoded, relative,
/// without a leading slash; nothing outside the folder is ever given, nor a name that begins with a dot.
Answer answer_file(const Request& request, const std::filesystem::path& folder, const std::string& path);

/// Isolated from other origins, whose pictures may still be shown: threads need it.
void isolate(Answer& answer);

}  // namespace picfind::server
