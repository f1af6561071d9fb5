// The public forms: checked as they are sent, sent in place, thanks where the form was.
// Without this script, or if the line breaks, the browser sends them as it always did.

const OWN = ["csrfmiddlewaretoken"];

const complain = (field, text) => {
  const words = document.getElementById(`${field.id}-error`);
  words.textContent = text;
  words.hidden = !text;
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
};

const problem = (form, field) => {
  const {validity} = field;
  if (validity.valueMissing || (field.required && !field.value.trim())) return form.dataset.required;
  if (validity.typeMismatch) return form.dataset.email;
  if (field.minLength > 0 && field.value.trim().length < field.minLength) return form.dataset.short;
  return "";
};

const fields = (form) => [...form.querySelectorAll(".field .input")];

const check = (form) => {
  const wrong = fields(form).filter((field) => {
    const text = problem(form, field);
    complain(field, text);
    return text;
  });
  wrong[0]?.focus();
  return !wrong.length;
};

const say = (form, text) => {
  const banner = form.querySelector(".lead-problem");
  banner.textContent = text;
  banner.hidden = !text;
};

const thank = (form) => {
  const thanks = form.nextElementSibling;
  form.hidden = true;
  thanks.hidden = false;
  thanks.focus();
};

const refuse = (form, refusal) => {
  const errors = refusal.errors ?? {};
  const wrong = fields(form).filter((field) => errors[field.name]);
  for (const field of wrong) complain(field, errors[field.name].join(" "));
  if (wrong.length) wrong[0].focus();
  else say(form, refusal.detail);
};

const send = async (form) => {
  const said = Object.fromEntries(
    [...new FormData(form)].filter(([name]) => !OWN.includes(name)),
  );
  let response;
  try {
    response = await fetch(form.dataset.api, {
      method: "POST",
      headers: {"Content-Type": "application/json"},
      body: JSON.stringify(said),
    });
  } catch {
    form.submit(); // the browser says what is wrong with the line, and keeps what was typed
    return;
  }
  if (response.status === 201) thank(form);
  else if (response.status === 429) say(form, form.dataset.busy);
  else refuse(form, await response.json());
};

for (const form of document.querySelectorAll(".lead-form")) {
  const button = form.querySelector("button[type=submit]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say(form, "");
    if (button.getAttribute("aria-busy") === "true" || !check(form)) return;
    button.setAttribute("aria-busy", "true");
    try {
      await send(form);
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
  form.addEventListener("input", (event) => {
    if (event.target.getAttribute("aria-invalid") === "true") {
      complain(event.target, problem(form, event.target));
    }
  });
}

// A link to a form opens it.
const openNamed = () => {
  const named = document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) named.open = true;
};
addEventListener("hashchange", openNamed);
openNamed();
