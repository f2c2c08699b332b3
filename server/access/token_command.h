#pragma once

namespace picfind::server {

/// `picfind-server token …`: makes a token, adds its line to a token file and prints it, once. The exit status.
int token_command(int argc, const char* const* argv);

}  // namespace picfind::server
