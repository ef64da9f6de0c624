/** The endpoints of tasks. */
import { Pagination } from "@clientele/core/domain/Query"
import { Task, TaskCreate, TaskFilter, TaskUpdate } from "@clientele/core/domain/Task"
import { isShallow } from "@clientele/core/domain/Validation"
import * as Schema from "effect/Schema"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { anywhere, leafQuery, noQuery, withBody, writing } from "./Endpoints.ts"
import { FromReplica } from "./FromReplica.ts"
import { Idempotency } from "./Idempotency.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

const taskId = { task_id: Schema.String }

/** Filters and page of the list, as they stand in a query string. */
const TaskListQuery = Schema.Struct({ ...TaskFilter.fields, ...leafQuery }).pipe(
  Schema.encodeKeys({ assignedTo: "assigned_to", contactId: "contact_id", dealId: "deal_id" })
)

export const TaskPage = Schema.Struct({ data: Schema.Array(Task), pagination: Pagination }).annotate({
  identifier: "TaskPage"
})

const unknownLinks = [Problems.ContactNotFoundProblem, Problems.DealNotFoundProblem] as const

export class TasksApi extends HttpApiGroup.make("tasks")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: TaskListQuery,
      success: TaskPage,
      error: [Problems.ValidationProblem, ...anywhere]
    })
      .annotate(OpenApi.Summary, "List tasks, the first due first")
      .annotate(FromReplica, true),
    HttpApiEndpoint.post("create", "/", {
      query: noQuery,
      payload: TaskCreate,
      success: Task.pipe(HttpApiSchema.status(201)),
      error: [...unknownLinks, Problems.ValidationProblem, Problems.RefusedProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Create a task"),
    HttpApiEndpoint.get("get", "/:task_id", {
      params: taskId,
      query: noQuery,
      success: Task,
      error: [Problems.TaskNotFoundProblem, ...anywhere]
    }).annotate(OpenApi.Summary, "Get a task"),
    HttpApiEndpoint.put("update", "/:task_id", {
      params: taskId,
      query: noQuery,
      // Members that are echoed may hold anything, and are compared with the current ones.
      payload: TaskUpdate.check(isShallow).annotate({ identifier: "TaskUpdate" }),
      success: Task,
      error: [
        ...unknownLinks,
        Problems.TaskNotFoundProblem,
        Problems.ValidationProblem,
        Problems.RefusedProblem,
        ...withBody
      ]
    }).annotate(OpenApi.Summary, "Change a task, complete it or open it again"),
    HttpApiEndpoint.delete("remove", "/:task_id", {
      params: taskId,
      query: noQuery,
      success: HttpApiSchema.NoContent,
      error: [Problems.TaskNotFoundProblem, ...writing]
    }).annotate(OpenApi.Summary, "Delete a task"),
    HttpApiEndpoint.post("complete", "/:task_id/complete", {
      params: taskId,
      query: noQuery,
      success: Task,
      error: [Problems.TaskNotFoundProblem, Problems.RefusedProblem, ...writing]
    }).annotate(OpenApi.Summary, "Complete a task, and log that as an activity")
  )
  .middleware(Idempotency)
  .middleware(Authorization)
  .prefix("/tasks")
  .annotate(OpenApi.Title, "Tasks") {}
