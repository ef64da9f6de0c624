/** Every operation that is served, with what it may answer and take. */
export const operations: ReadonlyArray<{
  readonly method: string
  readonly path: string
  readonly answers: ReadonlyArray<number>
  readonly parameters: ReadonlyArray<string>
  readonly body?: string
  /** What a success is made of, unless it is JSON or nothing. */
  readonly content?: string
}> = [
  {
    method: "get",
    path: "/contacts",
    answers: [200, 400],
    parameters: "status type source owner_id external_id segment tag search sort cursor total page limit".split(" ")
  },
  { method: "post", path: "/contacts", answers: [201, 400, 413, 415, 422], parameters: [], body: "application/json" },
  { method: "get", path: "/contacts/{contact_id}", answers: [200, 400, 404], parameters: ["contact_id"] },
  ...["put", "patch"].map((method) => ({
    method,
    path: "/contacts/{contact_id}",
    answers: [200, 400, 404, 412, 413, 415, 422],
    parameters: ["contact_id", "if-match"],
    body: "application/json"
  })),
  {
    method: "delete",
    path: "/contacts/{contact_id}",
    answers: [204, 400, 404, 412, 422],
    parameters: ["contact_id", "if-match"]
  },
  ...["/contacts/import", "/deals/import"].map((path) => ({
    method: "post",
    path,
    answers: [200, 202, 400, 413, 415, 422],
    parameters: [],
    body: "multipart/form-data"
  })),
  ...["/contacts/merge", "/contacts/merge/preview"].map((path) => ({
    method: "post",
    path,
    answers: [200, 400, 404, 409, 413, 415, ...(path === "/contacts/merge" ? [422] : [])],
    parameters: [],
    body: "application/json"
  })),
  {
    method: "post",
    path: "/contacts/bulk-update",
    answers: [200, 400, 413, 415, 422],
    parameters: [],
    body: "application/json"
  },
  {
    method: "post",
    path: "/contacts/{contact_id}/enrich",
    answers: [200, 400, 404, 413, 415, 422],
    parameters: ["contact_id"],
    body: "application/json"
  },
  {
    method: "post",
    path: "/contacts/enrich/bulk",
    answers: [202, 400, 413, 415],
    parameters: [],
    body: "application/json"
  },
  {
    method: "get",
    path: "/contacts/{contact_id}/history",
    answers: [200, 400, 404],
    parameters: ["contact_id", "cursor", "limit"]
  },
  {
    method: "get",
    path: "/contacts/duplicates",
    answers: [200, 400],
    parameters: ["cursor", "limit", "min_band"]
  },
  {
    method: "get",
    path: "/contacts/{contact_id}/duplicates",
    answers: [200, 400, 404],
    parameters: ["contact_id", "min_band"]
  },
  { method: "post", path: "/contacts/{contact_id}/restore", answers: [200, 400, 404, 422], parameters: ["contact_id"] },
  { method: "get", path: "/contacts/{contact_id}/personal-data", answers: [200, 400, 404], parameters: ["contact_id"] },
  { method: "post", path: "/contacts/{contact_id}/erase", answers: [204, 400, 404, 422], parameters: ["contact_id"] },
  {
    method: "get",
    path: "/contacts/{contact_id}/notes",
    answers: [200, 400, 404],
    parameters: ["contact_id", "cursor", "limit"]
  },
  {
    method: "post",
    path: "/contacts/{contact_id}/notes",
    answers: [201, 400, 404, 413, 415],
    parameters: ["contact_id"],
    body: "application/json"
  },
  {
    method: "put",
    path: "/notes/{note_id}",
    answers: [200, 400, 404, 413, 415],
    parameters: ["note_id"],
    body: "application/json"
  },
  { method: "delete", path: "/notes/{note_id}", answers: [204, 400, 404], parameters: ["note_id"] },
  {
    method: "get",
    path: "/activities",
    answers: [200, 400],
    parameters: "contact_id deal_id type start_date end_date cursor page limit".split(" ")
  },
  { method: "post", path: "/activities", answers: [201, 400, 404, 413, 415], parameters: [], body: "application/json" },
  ...[
    { method: "get", answers: [200, 400, 404] },
    { method: "delete", answers: [204, 400, 404] }
  ].flatMap((operation) => [
    { ...operation, path: "/activities/{activity_id}", parameters: ["activity_id"] },
    { ...operation, path: "/tasks/{task_id}", parameters: ["task_id"] }
  ]),
  {
    method: "get",
    path: "/tasks",
    answers: [200, 400],
    parameters: "assigned_to status priority contact_id deal_id cursor page limit".split(" ")
  },
  { method: "post", path: "/tasks", answers: [201, 400, 404, 413, 415, 422], parameters: [], body: "application/json" },
  {
    method: "put",
    path: "/tasks/{task_id}",
    answers: [200, 400, 404, 413, 415, 422],
    parameters: ["task_id"],
    body: "application/json"
  },
  { method: "post", path: "/tasks/{task_id}/complete", answers: [200, 400, 404, 422], parameters: ["task_id"] },
  { method: "post", path: "/events", answers: [200, 400, 413, 415], parameters: [], body: "application/json" },
  { method: "get", path: "/segments", answers: [200, 400], parameters: [] },
  { method: "post", path: "/segments", answers: [201, 400, 413, 415], parameters: [], body: "application/json" },
  { method: "get", path: "/segments/{key}", answers: [200, 400, 404], parameters: ["key"] },
  {
    method: "put",
    path: "/segments/{key}",
    answers: [200, 400, 404, 413, 415],
    parameters: ["key"],
    body: "application/json"
  },
  { method: "delete", path: "/segments/{key}", answers: [204, 400, 404], parameters: ["key"] },
  {
    method: "get",
    path: "/deals",
    answers: [200, 400],
    parameters: (
      "stage owner_id contact_id external_id min_value max_value close_date close_after close_before sort cursor total " +
      "page limit"
    ).split(" ")
  },
  { method: "post", path: "/deals", answers: [201, 400, 404, 413, 415, 422], parameters: [], body: "application/json" },
  { method: "get", path: "/deals/{deal_id}", answers: [200, 400, 404], parameters: ["deal_id"] },
  ...["put", "patch"].map((method) => ({
    method,
    path: "/deals/{deal_id}",
    answers: [200, 400, 404, 412, 413, 415, 422],
    parameters: ["deal_id", "if-match"],
    body: "application/json"
  })),
  {
    method: "delete",
    path: "/deals/{deal_id}",
    answers: [204, 400, 404, 412, 422],
    parameters: ["deal_id", "if-match"]
  },
  {
    method: "patch",
    path: "/deals/{deal_id}/stage",
    answers: [200, 400, 404, 412, 413, 415, 422],
    parameters: ["deal_id", "if-match"],
    body: "application/json"
  },
  {
    method: "get",
    path: "/deals/{deal_id}/notes",
    answers: [200, 400, 404],
    parameters: ["deal_id", "cursor", "limit"]
  },
  {
    method: "post",
    path: "/deals/{deal_id}/notes",
    answers: [201, 400, 404, 413, 415],
    parameters: ["deal_id"],
    body: "application/json"
  },
  {
    method: "get",
    path: "/pipeline/analytics",
    answers: [200, 400],
    parameters: ["owner_id", "tz", "from", "to", "as_of"]
  },
  { method: "get", path: "/pipelines", answers: [200, 400], parameters: [] },
  { method: "get", path: "/products", answers: [200, 400], parameters: ["cursor", "limit"] },
  { method: "post", path: "/products", answers: [201, 400, 413, 415], parameters: [], body: "application/json" },
  { method: "get", path: "/products/{product_id}", answers: [200, 400, 404], parameters: ["product_id"] },
  {
    method: "put",
    path: "/products/{product_id}",
    answers: [200, 400, 404, 413, 415],
    parameters: ["product_id"],
    body: "application/json"
  },
  { method: "delete", path: "/products/{product_id}", answers: [204, 400, 404], parameters: ["product_id"] },
  { method: "get", path: "/jobs", answers: [200, 400], parameters: ["cursor", "limit"] },
  { method: "get", path: "/jobs/{job_id}", answers: [200, 400, 404], parameters: ["job_id"] },
  {
    method: "get",
    path: "/jobs/{job_id}/events",
    answers: [200, 400, 404],
    parameters: ["job_id"],
    content: "text/event-stream"
  },
  {
    method: "get",
    path: "/jobs/{job_id}/errors.csv",
    answers: [200, 400, 404],
    parameters: ["job_id"],
    content: "text/csv; charset=utf-8"
  },
  { method: "post", path: "/jobs/{job_id}/revert", answers: [200, 400, 404, 422], parameters: ["job_id"] },
  { method: "post", path: "/jobs/{job_id}/cancel", answers: [200, 400, 404], parameters: ["job_id"] },
  {
    method: "get",
    path: "/contacts/{contact_id}/score",
    answers: [200, 400, 404],
    parameters: ["contact_id", "sources"]
  },
  { method: "get", path: "/scoring/rules", answers: [200, 400], parameters: [] },
  {
    method: "put",
    path: "/scoring/rules",
    answers: [200, 400, 413, 415],
    parameters: [],
    body: "application/json"
  },
  {
    method: "post",
    path: "/scoring/preview",
    answers: [200, 400, 404, 413, 415],
    parameters: [],
    body: "application/json"
  },
  { method: "get", path: "/webhooks", answers: [200, 400], parameters: [] },
  { method: "post", path: "/webhooks", answers: [201, 400, 413, 415], parameters: [], body: "application/json" },
  { method: "get", path: "/webhooks/{webhook_id}", answers: [200, 400, 404], parameters: ["webhook_id"] },
  {
    method: "put",
    path: "/webhooks/{webhook_id}",
    answers: [200, 400, 404, 413, 415],
    parameters: ["webhook_id"],
    body: "application/json"
  },
  { method: "delete", path: "/webhooks/{webhook_id}", answers: [204, 400, 404], parameters: ["webhook_id"] },
  {
    method: "post",
    path: "/webhooks/{webhook_id}/rotate-secret",
    answers: [200, 400, 404],
    parameters: ["webhook_id"]
  },
  { method: "post", path: "/webhooks/{webhook_id}/test", answers: [202, 400, 404], parameters: ["webhook_id"] },
  {
    method: "get",
    path: "/webhooks/{webhook_id}/deliveries",
    answers: [200, 400, 404],
    parameters: ["webhook_id", "cursor", "limit"]
  },
  {
    method: "post",
    path: "/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
    answers: [202, 400, 404],
    parameters: ["webhook_id", "delivery_id"]
  }
]
