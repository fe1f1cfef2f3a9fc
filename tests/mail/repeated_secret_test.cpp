#include "daemon/mail/repeated_secret.h"

#include <gtest/gtest.h>

#include <string>

#include "daemon/mail/encoding.h"

namespace rosterd::mail {
namespace {

const std::string kToken = "kY3v_0aGm-Qw8RzT1bXe5uLp9sHd2cJf7nViKoA6MtE";

TEST(RepeatedSecret, IsFoundInEveryForm) {
  for (const std::string& text : {
           kToken,
           "x" + kToken + "y",
           std::string("KY3V_0AGM-QW8RZT1BXE5ULP9SHD2CJF7NVIKOA6MTE"),
           std::string("kY3v=5F0aG=\r\nm=2DQw8"),
           std::string("kY3v%5f0aGm%2dQw8"),
           std::string("kY3v_ 0aGm- Qw8R"),
           kToken.substr(35),
           base64(kToken),
           base64("x" + kToken),
           base64("http://x/invitation/" + kToken + " is listed"),
       })
    EXPECT_TRUE(repeats_secret(text, kToken)) << text;
  EXPECT_TRUE(repeats_secret("pw: abc", "abc"));
}

TEST(RepeatedSecret, OtherWordsAreNone) {
  for (const std::string& text : {std::string(), std::string("550 5.1.1 no such user"), kToken.substr(36),
                                  std::string("http://x/invitation/"), base64("http://x/invitation/")})
    EXPECT_FALSE(repeats_secret(text, kToken)) << text;
  EXPECT_FALSE(repeats_secret("anything", ""));
}

}  // namespace
}  // namespace rosterd::mail
