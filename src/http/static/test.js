/**
 * The buttons of the test page: each posts its form to the route of a task, or adds a recurring task.
 */
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const output = form.querySelector("output")
    const values = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""))
    const query = new URLSearchParams(values)
    try {
      const response = await fetch(`${form.dataset.path}?${query}`, {
        method: "POST",
        headers: { "content-type": "application/json" }
      })
      output.textContent = JSON.stringify(await response.json())
    } catch (error) {
      output.textContent = String(error)
    }
  })
}
