// The page: three views of one address bar. What comes from a server is put into
// the page as text, never as markup.

const main = document.querySelector("main");

// request returns what an endpoint answers, or throws its problem (RFC 9457).
async function request(path, {method = "GET", headers = {}, body} = {}) {
  let response;
  try {
    response = await fetch(path, {method, body, headers: {Accept: "application/json", ...headers}});
  } catch {
    throw {title: "No connection", detail: "The server cannot be reached. Please try again."};
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({detail: "Something went wrong. Please try again."}));
  if (!response.ok) throw answer;
  return answer;
}

// show makes a view the page, and tells so to who cannot see it.
function show(id, title) {
  main.replaceChildren(document.getElementById(id).content.cloneNode(true));
  main.removeAttribute("aria-busy");
  document.title = `${title} · Fieldnotes`;
  main.querySelector("h1").focus();
}

function notice(problem) {
  const p = main.querySelector(".notice");
  p.textContent = problem.detail ?? problem.title;
  p.hidden = false;
}

// once keeps a button from being pressed again before its work is done.
function once(button, work) {
  return async event => {
    event.preventDefault();
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    try {
      await work();
    } catch (problem) {
      notice(problem);
    } finally {
      button.ariaDisabled = null;
    }
  };
}

async function home(problem) {
  const here = new URL(location);
  const query = new URLSearchParams();
  for (const name of ["next", "error", "provider"]) {
    if (here.searchParams.has(name)) query.set(name, here.searchParams.get(name));
  }
  const start = await request(`/auth/twitter/start?${query}`);
  show("home", "Welcome");
  if (problem ?? start.problem) notice(problem ?? start.problem);
  const button = main.querySelector("button");
  button.textContent = `Sign up with ${start.label}`;
  button.addEventListener("click", once(button, async () => {
    const answer = await request("/auth/twitter/start", {method: "POST", body: new URLSearchParams({next: start.next})});
    location.assign(answer.location); // X's page, in this window
  }));
}

async function signup() {
  const pending = await request("/api/pending");
  show("signup", "Almost there");
  const form = main.querySelector("form"), button = form.querySelector("button");
  for (const name of ["username", "email", "name"]) form.elements[name].value = pending.values[name] ?? "";
  mark(form, Object.fromEntries(pending.missing.map(name => [name, "We were not told; please fill this in."])));
  form.addEventListener("submit", once(button, async () => {
    try {
      const answer = await request("/api/signup", {
        method: "POST",
        headers: {"Content-Type": "application/json", "Oauthreg-Pending": pending.pending},
        body: JSON.stringify(Object.fromEntries(new FormData(form))),
      });
      location.replace(answer.location);
    } catch (problem) {
      if (problem.outcome === "no_pending") return leave("/", problem);
      mark(form, problem.errors ?? {});
      throw problem;
    }
  }));
}

// mark tells what is wrong with each field, and goes to the first.
function mark(form, errors) {
  for (const input of form.querySelectorAll("input")) {
    const error = document.getElementById(`${input.id}-error`), text = errors[input.name];
    error.hidden = !text;
    error.textContent = text ?? "";
    if (text) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", error.id);
    } else {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
  }
  form.querySelector("[aria-invalid]")?.focus();
}

function account(user) {
  show("account", "Your account");
  document.getElementById("account-username").textContent = user.username;
  document.getElementById("account-name").textContent = user.name;
  document.getElementById("account-email").textContent = user.email;
  document.getElementById("account-verified").textContent = user.email_verified ? "confirmed" : "not confirmed yet";
  const button = main.querySelector("button");
  button.addEventListener("click", once(button, async () => {
    await request("/api/signout", {method: "POST"});
    await leave("/");
  }));
}

// leave goes to another view, without a way back to this one.
async function leave(path, problem) {
  history.replaceState(null, "", path);
  await route(problem);
}

async function route(problem) {
  const user = await request("/api/me");
  switch (location.pathname) {
    case "/signup":
      try {
        return await signup();
      } catch (problem) {
        if (problem.outcome !== "no_pending") throw problem;
        return user ? leave("/account") : leave("/", problem);
      }
    case "/account":
      return user ? account(user) : leave("/");
    default:
      return user && !location.search ? leave("/account") : home(problem);
  }
}

function broken(problem) {
  show("home", "Something went wrong");
  notice(problem);
  const button = main.querySelector("button");
  button.textContent = "Try again";
  button.addEventListener("click", () => location.reload());
}

addEventListener("popstate", () => route().catch(broken));
route().catch(broken);
