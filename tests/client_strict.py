"""Client de test strict : une page douteuse fait échouer le test qui l'a demandée, sans rien vérifier d'autre."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpResponse
from django.template.base import FilterExpression, Variable, VariableDoesNotExist
from django.test import Client

from tests.second_facteur import preuve_de

GABARITS = Path(settings.BASE_DIR) / "templates"
ECRITURE = re.compile(r"^\s*(?:WITH\b.*\b)?(INSERT\s+INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM)\s+(\S+)", re.I | re.S)
# Lire une page peut consommer un message ou prolonger la session : Django l'écrit dans sa table des sessions.
TABLES_ECRITES_EN_LECTURE = {'"django_session"'}
# Décision 007 : lire des notes laisse une trace, une seule ligne par page ; c'est l'unique autre écriture admise.
TRACE_DE_LECTURE = re.compile(r'^\s*INSERT INTO "centres_consultation" ')
# Ce qui change sans être un acte du métier : sessions, essais comptés, files de travail ; et le journal lui-même.
NOS_TABLES = ("centres_", "evaluations_", "certification_", "referentiel_", "mfa_")
SANS_EVENEMENT = {
    "centres_chaine",
    "centres_consultation",
    "centres_essaiconnexion",
    "centres_evenement",
    "centres_sessionouverte",
}
# La date d'une connexion, un code ou une clé qui vient de servir : des traces techniques, pas des actes.
USAGES = ('SET "last_login" =', 'UPDATE "mfa_authenticator"')
RESTE_DE_GABARIT = re.compile(r"\{\{|\{%|\{#")
DONNEES = {"application/json", "application/ld+json"}

_indefinies: list[str] = []
_resolution_de_django = Variable.resolve


def _resoudre(self: Variable, context: Any) -> Any:
    """Note toute variable indéfinie d'un gabarit à nous, sauf dans {% if %}, {% for %}… qui l'admettent par contrat."""
    try:
        return _resolution_de_django(self, context)
    except VariableDoesNotExist:
        appelant = sys._getframe(1)
        if appelant.f_code is FilterExpression.resolve.__code__ and not appelant.f_locals["ignore_failures"]:
            _noter(appelant.f_locals["self"], context)
        raise


def _noter(expression: FilterExpression, contexte: Any) -> None:
    gabarit = getattr(contexte.render_context, "template", None)
    origine = getattr(getattr(gabarit, "origin", None), "name", "")
    a_nous = not origine or origine == "<unknown source>" or Path(origine).is_relative_to(GABARITS)
    absence_prevue = any(filtre.__name__ in {"default", "default_if_none"} for filtre, _ in expression.filters)
    if a_nous and not absence_prevue:
        _indefinies.append(f"{expression.token} dans {getattr(gabarit, 'name', None) or 'un gabarit en ligne'}")


Variable.resolve = _resoudre


@contextmanager
def sans_variable_indefinie() -> Iterator[None]:
    """Pour ce qui n'est pas une page : le HTML d'un PDF, un fragment rendu par une fonction."""
    _indefinies.clear()
    yield
    defauts, _indefinies[:] = list(_indefinies), []
    assert not defauts, f"variables de gabarit indéfinies : {defauts}"


class _Lecteur(HTMLParser):
    """Relève ce que la politique de sécurité du contenu refuserait, et les fautes de structure."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.defauts: list[str] = []
        self.identifiants: set[str] = set()
        self.langue: str | None = None
        self.est_page = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributs = dict(attrs)
        if tag == "html":
            self.est_page, self.langue = True, attributs.get("lang")
        if tag == "style":
            self.defauts.append("balise <style>")
        if tag == "script" and "src" not in attributs and attributs.get("type") not in DONNEES:
            self.defauts.append("<script> sans src")
        self._verifier_attributs(tag, attributs)

    def _verifier_attributs(self, tag: str, attributs: dict[str, str | None]) -> None:
        for nom, valeur in attributs.items():
            if nom == "style" or nom.startswith(("on", "hx-on", "data-hx-on")):
                self.defauts.append(f"attribut {nom} sur <{tag}>")
            if (valeur or "").strip().lower().startswith("javascript:"):
                self.defauts.append(f"adresse javascript: dans {nom} de <{tag}>")
        if identifiant := attributs.get("id"):
            if identifiant in self.identifiants:
                self.defauts.append(f"id « {identifiant} » en double")
            self.identifiants.add(identifiant)


class _Ecritures:
    """Les tables qu'un envoi a vraiment changées : une instruction sans effet ou refusée par la base ne compte pas."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        resultat = execute(sql, params, many, context)
        ecriture = ECRITURE.match(sql)
        # SQLite ne compte qu'à la lecture les lignes d'un INSERT … RETURNING ; un INSERT sans effet lève, lui.
        est_un_ajout = sql.lstrip()[:6].upper() == "INSERT"
        if ecriture and (est_un_ajout or context["cursor"].rowcount != 0) and not any(usage in sql for usage in USAGES):
            self.tables.add(ecriture[2].split("(")[0].strip('"'))
        return resultat

    def defauts(self) -> list[str]:
        """Toute ligne changée par une page l'est avec un événement au journal."""
        changees = {table for table in self.tables if table.startswith(NOS_TABLES)} - SANS_EVENEMENT
        if changees and "centres_evenement" not in self.tables:
            return [f"écriture sans événement au journal : {', '.join(sorted(changees))}"]
        return []


def defauts_du_html(html: str) -> list[str]:
    lecteur = _Lecteur()
    lecteur.feed(html)
    lecteur.close()
    defauts = lecteur.defauts
    if reste := RESTE_DE_GABARIT.search(html):
        defauts.append(f"reste de gabarit : {html[max(0, reste.start() - 30) : reste.end() + 30]!r}")
    if lecteur.est_page and not lecteur.langue:
        defauts.append("<html> sans lang")
    return defauts


def _defauts_de_la_reponse(reponse: HttpResponse) -> list[str]:
    if not reponse.headers.get("Content-Type", "").startswith("text/html") or reponse.streaming:
        return []
    defauts = defauts_du_html(reponse.content.decode()) if reponse.content else []
    politique = reponse.headers.get("Content-Security-Policy", "")
    if not politique or "unsafe-" in politique:
        defauts.append(f"politique de sécurité du contenu absente ou ouverte : {politique!r}")
    return defauts


class ClientStrict(Client):
    """Refuse : variable indéfinie, reste de gabarit, style ou script en ligne, id en double, écriture en lecture."""

    def force_login(self, user: Any, backend: str | None = None, *, second_facteur: bool = True) -> None:
        super().force_login(user, backend)
        if second_facteur:
            session = self.session
            session.update(preuve_de(user))
            session.save()

    def request(self, **request: Any) -> Any:
        ecritures: list[str] = []
        traces: list[str] = []

        def surveiller(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            ecriture = ECRITURE.match(sql)
            if TRACE_DE_LECTURE.match(sql) and not many and not traces:
                traces.append(sql)
            elif ecriture and ecriture[2].split("(")[0] not in TABLES_ECRITES_EN_LECTURE:
                ecritures.append(sql[:200])
            return execute(sql, params, many, context)

        _indefinies.clear()
        envoi = _Ecritures()
        with ExitStack() as pile:
            if request.get("REQUEST_METHOD", "GET") in {"GET", "HEAD", "OPTIONS"}:
                for connexion in connections.all(initialized_only=True):
                    pile.enter_context(connexion.execute_wrapper(surveiller))
            else:
                for connexion in connections.all(initialized_only=True):
                    pile.enter_context(connexion.execute_wrapper(envoi))
            reponse = super().request(**request)
        defauts = [f"variable indéfinie : {nom}" for nom in dict.fromkeys(_indefinies)]
        defauts += [f"écriture pendant une lecture : {sql}" for sql in ecritures]
        if reponse.status_code < 400:
            defauts += envoi.defauts()
        defauts += _defauts_de_la_reponse(reponse)
        assert not defauts, f"{request.get('PATH_INFO')} : " + " · ".join(defauts)
        return reponse
