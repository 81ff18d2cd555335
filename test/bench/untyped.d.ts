/** The part of node-schedule, which has no types, that is measured here. */
declare module "node-schedule" {
  const schedule: {
    scheduleJob(spec: { readonly rule: string; readonly tz: string }, run: () => void): unknown
  }
  export default schedule
}
