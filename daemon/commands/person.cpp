#include "daemon/commands/person.h"

#include "daemon/commands/text.h"

namespace rosterd::commands {
namespace {

scim::Json grant_json(const store::ExplainedGrant& explained) {
  const auto& grant = explained.grant;
  scim::Object object;
  object.set("source", explained.source);
  object.set("rule", grant.rule);
  object.set("group", grant.group_name);
  object.set("path", json_strings(explained.path));
  if (!grant.role.empty()) object.set("role", grant.role);
  if (!grant.project.empty()) object.set("project", grant.project);
  if (!grant.permission.empty()) object.set("permission", grant.permission);
  object.set("reason", grant.reason);
  object.set("since", format_instant(grant.since));
  return object;
}

scim::Json withheld_json(const store::WithheldRole& withheld) {
  return scim::make_object({{"role", withheld.role},
                            {"rule", withheld.rule},
                            {"source", withheld.source},
                            {"path", json_strings(withheld.path)}});
}

scim::Json block_json(const std::string& source, const store::Block& block) {
  return scim::make_object({{"source", source},
                            {"reason", store::to_string(block.reason)},
                            {"detail", block.detail},
                            {"since", format_instant(block.since)}});
}

scim::Json claim_json(const std::string& source, const store::Claim& claim) {
  return scim::make_object({{"source", source},
                            {"key", claim.key ? scim::Json(*claim.key) : scim::Json()},
                            {"origin", claim.origin},
                            {"ended", claim.ended},
                            {"expires", json_instant(claim.expires)}});
}

scim::Json remembered_json(const store::RememberedMember& remembered) {
  return scim::make_object({{"source", remembered.source_name},
                            {"group", remembered.group},
                            {"named", remembered.named},
                            {"since", format_instant(remembered.since)}});
}

scim::Json invitation_json(const store::Invitation& invitation) {
  return scim::make_object({{"state", invitation.state},
                            {"created", format_instant(invitation.created)},
                            {"expires", format_instant(invitation.expires)}});
}

scim::Json mail_json(const store::Mail& mail) {
  return scim::make_object({{"id", mail.id.value},
                            {"kind", mail.kind},
                            {"recipient", mail.recipient},
                            {"state", mail.state},
                            {"attempts", mail.attempts},
                            {"last_error", mail.last_error}});
}

}  // namespace

scim::Json person_json(const store::Explanation& explanation) {
  const auto& user = explanation.user;
  scim::Array grants, withheld, blocks, claims, remembered, invitations, mails;
  for (const auto& grant : explanation.grants) grants.push_back(grant_json(grant));
  for (const auto& role : explanation.withheld) withheld.push_back(withheld_json(role));
  for (const auto& [source, block] : explanation.blocks) blocks.push_back(block_json(source, block));
  for (const auto& [source, claim] : explanation.claims) claims.push_back(claim_json(source, claim));
  for (const auto& waiting : explanation.remembered) remembered.push_back(remembered_json(waiting));
  for (const auto& invitation : explanation.invitations) invitations.push_back(invitation_json(invitation));
  for (const auto& mail : explanation.mails) mails.push_back(mail_json(mail));
  return scim::make_object({{"id", user.id},
                            {"user_name", user.user_name},
                            {"email", user.email},
                            {"display_name", user.display_name},
                            {"kind", store::to_string(user.kind)},
                            {"company", user.company},
                            {"active", user.active},
                            {"hidden", user.hidden},
                            {"status", store::to_string(user.status())},
                            {"roles", json_strings(explanation.roles)},
                            {"projects", json_strings(explanation.projects)},
                            {"permissions", json_strings(explanation.permissions)},
                            {"blocks", std::move(blocks)},
                            {"grants", std::move(grants)},
                            {"withheld_roles", std::move(withheld)},
                            {"claims", std::move(claims)},
                            {"remembered", std::move(remembered)},
                            {"invitations", std::move(invitations)},
                            {"mails", std::move(mails)},
                            {"mail_problem", user.mail_problem},
                            {"created", format_instant(user.created)},
                            {"modified", format_instant(user.modified)},
                            {"joined", json_instant(user.joined_at)}});
}

std::string why(const store::ExplainedGrant& explained) {
  const auto& grant = explained.grant;
  if (grant.reason == "assigned") return "assigned by " + explained.source;
  if (!grant.group) return "given here (" + explained.source + ", " + grant.reason + ")";
  const auto path = explained.path.empty() ? grant.group_name : join(explained.path, " → ");
  return "member of " + path + " (" + explained.source + ") → rule " + grant.rule;
}

}  // namespace rosterd::commands
