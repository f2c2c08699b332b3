#include "http/tls.h"

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace picfind::server {
namespace {

namespace ssl = boost::asio::ssl;
using SystemError = boost::system::error_code;

template <auto release> struct Releaser {
  template <class T> void operator()(T* what) const { release(what); }
};
using Certificate = std::unique_ptr<X509, Releaser<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Releaser<X509_EXTENSION_free>>;
using File = std::unique_ptr<std::FILE, Releaser<std::fclose>>;

constexpr long lasts = std::chrono::seconds(std::chrono::days(365)).count();
constexpr std::time_t renewed_before = std::chrono::seconds(std::chrono::days(30)).count();

bool lasts_long_enough(const std::filesystem::path& path) {
  const File file(std::fopen(path.c_str(), "r"));
  if (file == nullptr) return false;
  const Certificate certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
  std::time_t then = std::time(nullptr) + renewed_before;
  return certificate != nullptr && X509_cmp_time(X509_get0_notAfter(certificate.get()), &then) > 0;
}

/// "DNS:localhost,IP:127.0.0.1,…": what the server may be asked for as.
std::string names(const std::string& host) {
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  std::string own(256, '\0');
  if (::gethostname(own.data(), own.size() - 1) != 0) own.front() = '\0';
  own.resize(own.find('\0'));
  if (!own.empty()) names += ",DNS:" + own;
  SystemError error;
  const auto address = boost::asio::ip::make_address(host, error);
  if (!error && !address.is_unspecified() && !address.is_loopback()) names += ",IP:" + address.to_string();
  if (error && host != "localhost") names += ",DNS:" + host;
  return names;
}

bool extend(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Certificate sign(EVP_PKEY* key, const std::string& host) {
  Certificate made(X509_new());
  X509_NAME* subject = X509_get_subject_name(made.get());
  const bool done =
      X509_set_version(made.get(), X509_VERSION_3) == 1 &&
      // Browsers refuse two certificates of one issuer with the same number.
      ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), static_cast<uint64_t>(std::time(nullptr))) == 1 &&
      X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(made.get()), lasts) != nullptr && X509_set_pubkey(made.get(), key) == 1 &&
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("picfind-server"),
                                 -1, -1, 0) == 1 &&
      X509_set_issuer_name(made.get(), subject) == 1 && extend(made.get(), NID_subject_alt_name, names(host)) &&
      extend(made.get(), NID_basic_constraints, "critical,CA:FALSE") &&
      extend(made.get(), NID_ext_key_usage, "serverAuth") && X509_sign(made.get(), key, EVP_sha256()) != 0;
  return done ? std::move(made) : nullptr;
}

/// Nobody else may read it.
File create(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  return File(file < 0 ? nullptr : ::fdopen(file, "w"));
}

}  // namespace

Expected<TlsContext> read_tls(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SystemError error;
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                           ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
                       error);
  if (!error) context->use_certificate_chain_file(certificate.string(), error);
  if (error)
    return fail(ErrorCode::usage,
                "--tls-cert: expected certificates as PEM in " + certificate.string() + ", found: " + error.message());
  context->use_private_key_file(key.string(), ssl::context::pem, error);
  if (error)
    return fail(ErrorCode::usage,
                "--tls-key: expected the certificate's key as PEM in " + key.string() + ", found: " + error.message());
  return context;
}

Expected<void> make_self_signed(const std::string& host, const std::filesystem::path& certificate,
                                const std::filesystem::path& key) {
  if (lasts_long_enough(certificate) && std::filesystem::exists(key)) return {};
  std::error_code ignored;
  std::filesystem::create_directories(certificate.parent_path(), ignored);
  const Key made(EVP_EC_gen("P-256"));
  const Certificate signed_certificate = made == nullptr ? nullptr : sign(made.get(), host);
  const File key_file = create(key);
  const File certificate_file = create(certificate);
  const bool done = signed_certificate != nullptr && key_file != nullptr && certificate_file != nullptr &&
                    PEM_write_PrivateKey(key_file.get(), made.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
                    PEM_write_X509(certificate_file.get(), signed_certificate.get()) == 1;
  if (done) return {};
  return fail(ErrorCode::usage, "--tls-self-signed: " + certificate.string() + " cannot be written");
}

}  // namespace picfind::server
