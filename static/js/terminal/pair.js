// A scanned picture brings the code behind the #, where no server log sees it.
const field = document.getElementById("code");
const code = decodeURIComponent(location.hash.slice(1));

if (field && code && !field.value) {
  field.value = code;
  history.replaceState(null, "", location.pathname);
}
