// Answers one JSON line with another: filters by scim2-parse-filter, PATCHes by scim-patch.
"use strict";
const { createRequire } = require("module");
const from = createRequire(process.env.ROSTERD_ORACLES + "/");
const { parse, filter } = from("scim2-parse-filter");
const { scimPatch } = from("scim-patch");

// The package's grammar and its comparisons; with `exact` a value path is asked element by element, see differences.py.
function matches(node, resource, exact) {
  switch (exact ? node.op : "as it is") {
    case "and": return node.filters.every((one) => matches(one, resource, exact));
    case "or": return node.filters.some((one) => matches(one, resource, exact));
    case "not": return !matches(node.filter, resource, exact);
    case "[]": return [].concat(resource[node.attrPath] ?? []).some((element) => matches(node.valFilter, element, exact));
    default: return filter(node)(resource);
  }
}

// With `exact`, removing what is not there is done already, see differences.py.
function patched(resource, operation, exact) {
  try {
    return scimPatch(resource, [operation], { mutateDocument: false, treatMissingAsAdd: true });
  } catch (error) {
    const missing = /^(FilterArrayTargetNotFound|FilterOnEmptyArray|RemoveValueNotArray)$/.test(error.constructor.name);
    if (exact && missing && operation.op.toLowerCase() === "remove") return resource;
    throw error;
  }
}

function answer(question) {
  try {
    if (question.filter !== undefined) {
      const tree = parse(question.filter);
      return { ids: question.resources.filter((one) => matches(tree, one.view, question.exact)).map((one) => one.id) };
    }
    return { resource: question.operations.reduce((resource, one) => patched(resource, one, question.exact), question.resource) };
  } catch (error) {
    return { error: `${error.constructor.name}: ${error.message}` };
  }
}

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
});
