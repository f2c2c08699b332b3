#pragma once
#include "error.h"

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>

namespace picfind::server {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

/// TLS 1.2 and 1.3 with a certificate chain and its key, both PEM. Errors: usage.
Expected<TlsContext> read_tls(const std::filesystem::path& certificate, const std::filesystem::path& key);

/// Writes a certificate that nobody vouches for, for `host` and this machine's own names, and its key, where there are
/// none that last for another month: whoever has accepted it once is not asked again. Errors: usage.
Expected<void> make_self_signed(const std::string& host, const std::filesystem::path& certificate,
                                const std::filesystem::path& key);

}  // namespace picfind::server
