#include "daemon/metrics/metrics.h"

#include <gtest/gtest.h>

namespace rosterd::metrics {
namespace {

bool has(const Metrics& metrics, const std::string& line) {
  return ("\n" + metrics.text()).find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, CountsAppearInThePrometheusText) {
  Metrics metrics;
  metrics.http_request("GET", "/scim/v2/Users/{id}", 200, 0.003);
  metrics.http_request("GET", "/scim/v2/Users/{id}", 200, 0.003);
  metrics.http_door(
      {.accepted = 9, .turned_away = 2, .refused = 3, .dropped_answers = 1, .connections = 7, .queued = 4});
  metrics.http_door(
      {.accepted = 11, .turned_away = 2, .refused = 3, .dropped_answers = 1, .connections = 6, .queued = 0});
  metrics.scim_operation("scim:entra", "patch_user", 204);
  metrics.sync_run("ldap:corp", "held", 1.5, {.added = 3, .changed = 1, .removed = 0, .held = 40, .set_aside = 2});
  metrics.sync_last_success("ldap:corp", 1234.5);
  metrics.off_boarding("ldap:corp", 0.2);
  metrics.mail_attempt("deferred", 0.2);
  metrics.removals_held("scim:entra", 50);
  metrics.mail_waiting(5);
  metrics.commits(32);
  metrics.commits(40);
  metrics.store_failure("full");
  metrics.people(10, 3);
  metrics.sign_in("locked");
  metrics.reload(false);
  metrics.tls_expiry(4000000000);
  for (const char* line :
       {R"(rosterd_http_requests_total{method="GET",route="/scim/v2/Users/{id}",status="200"} 2)",
        R"(rosterd_http_request_seconds_bucket{route="/scim/v2/Users/{id}",le="0.005"} 2)",
        R"(rosterd_http_refused_total{reason="over_limit"} 2)",
        R"(rosterd_http_refused_total{reason="bad_request"} 3)",
        "rosterd_http_connections_total 11",
        "rosterd_http_connections 6",
        "rosterd_tls_certificate_expiry_seconds 4000000000",
        "rosterd_http_queued 0",
        R"(rosterd_scim_operations_total{operation="patch_user",source="scim:entra",status="204"} 1)",
        R"(rosterd_sync_runs_total{outcome="held",source="ldap:corp"} 1)",
        R"(rosterd_sync_changes_total{kind="held",source="ldap:corp"} 40)",
        R"(rosterd_sync_changes_total{kind="set_aside",source="ldap:corp"} 2)",
        R"(rosterd_sync_last_success_timestamp_seconds{source="ldap:corp"} 1234.5)",
        R"(rosterd_off_boarding_seconds_count{source="ldap:corp"} 1)",
        R"(rosterd_mail_attempts_total{outcome="deferred"} 1)",
        "rosterd_mail_queued 5",
        "rosterd_store_commits_total 40",
        R"(rosterd_store_failures_total{kind="full"} 1)",
        R"(rosterd_people{status="inactive"} 3)",
        R"(rosterd_sign_ins_total{outcome="locked"} 1)",
        R"(rosterd_config_reloads_total{outcome="refused"} 1)"}) {
    EXPECT_TRUE(has(metrics, line)) << line << "\n" << metrics.text();
  }
}

TEST(Metrics, AClientCannotMakeSeries) {
  Metrics metrics;
  for (const char* method : {"BREW", "X1", "X2"}) metrics.http_request(method, "unknown", 404, 0);
  EXPECT_TRUE(has(metrics, R"(rosterd_http_requests_total{method="other",route="unknown",status="404"} 3)"));
}

TEST(Metrics, AnInstanceStandsAlone) {
  Metrics one, other;
  one.mail_waiting(3);
  EXPECT_FALSE(has(other, "rosterd_mail_queued 3"));
}

}  // namespace
}  // namespace rosterd::metrics
