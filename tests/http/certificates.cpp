#include "tests/http/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <stdexcept>

#include "daemon/http/byte_channel.h"
#include "daemon/http/openssl.h"

namespace rosterd::http::test {

namespace {

BioPtr over(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return {text, static_cast<std::size_t>(size)};
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (!extension) throw std::runtime_error("extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

Identity make_identity(const Wanted& wanted, const Identity* issuer) {
  const KeyPtr key(wanted.rsa_bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(static_cast<unsigned>(wanted.rsa_bits)));
  const X509Ptr made(X509_new());
  X509* certificate = made.get();
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1);
  X509_set_version(certificate, X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate), std::chrono::seconds(wanted.from).count());
  X509_gmtime_adj(X509_getm_notAfter(certificate), wanted.until.count());
  X509_set_pubkey(certificate, key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wanted.name.c_str()), -1, -1, 0);
  X509Ptr signer;
  KeyPtr signing;
  if (issuer) {
    signer.reset(PEM_read_bio_X509(over(issuer->certificate).get(), nullptr, nullptr, nullptr));
    signing.reset(PEM_read_bio_PrivateKey(over(issuer->key).get(), nullptr, nullptr, nullptr));
  }
  X509* by = signer ? signer.get() : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(by));
  extend(certificate, by, NID_basic_constraints, wanted.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  extend(certificate, by, NID_subject_key_identifier, "hash");
  if (!wanted.authority) extend(certificate, by, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  if (wanted.usage) extend(certificate, by, NID_ext_key_usage, wanted.usage);
  if (X509_sign(certificate, signing ? signing.get() : key.get(), EVP_sha256()) == 0)
    throw std::runtime_error("signing: " + openssl_reason());

  const BioPtr certificate_text(BIO_new(BIO_s_mem()));
  const BioPtr key_text(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate_text.get(), certificate);
  PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(certificate_text.get()), text_of(key_text.get()), fingerprint_of(certificate)};
}

}  // namespace rosterd::http::test
