"""Ce qu'il y a à faire cette semaine, et pourquoi : chaque alerte est un acte (composition des applications)."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from centres.enums import ROLES_EQUIPE, Role
from centres.models import Classe
from centres.permissions import EVALUER, PREPARER, Personne, Roles, roles_de
from certification.enums import EtatCommission, EtatProposition
from certification.models import Commission, MembreCommission
from certification.queries.avis import avis_a_revoir, situations_sans_avis
from evaluations.enums import NatureBilan
from evaluations.models import CampagneBilans, Echelle, NiveauAttendu
from evaluations.queries.bilans import avec_avancement
from evaluations.queries.echelles import cohorte_de
from evaluations.queries.niveaux_classe import SANS_PREUVE, apprenants_sans_competence
from evaluations.services.donnees import periode_du
from referentiel.models import Periode

# (centre, version du référentiel, cohorte) : ce que vise une échelle.
Cohorte = tuple[int, int, int]


@dataclass(frozen=True)
class Alerte:
    """L'acte, où le faire, et la raison en une phrase."""

    acte: str
    pourquoi: str
    adresse: str


@dataclass(frozen=True)
class Manque:
    """Des situations certificatives qui restent à prévoir."""

    classe: Classe
    epreuve: str
    nombre: int
    minimum: int


def alertes_de(roles: Roles, classes: Sequence[Classe], jour: date, manques: Iterable[Manque]) -> tuple[Alerte, ...]:
    """Le plus pressé d'abord. Huit requêtes au plus, quel que soit le nombre de classes."""
    tiennent = _dans(classes, roles.centres_ou(ROLES_EQUIPE))
    preparent = _dans(classes, roles.centres_ou(PREPARER))
    evaluent = _dans(classes, roles.centres_ou(EVALUER))
    echelles = _echelles(preparent) if preparent else {}
    return (
        *_avis_a_revoir(preparent),
        *_situations_sans_avis(_dans(classes, roles.centres_ou({Role.INSPECTEUR}))),
        *_situations_manquantes(manques, jour),
        *_bilans(tiennent),
        *_jamais_evaluees(evaluent, jour, echelles),
        *_echelles_absentes(preparent, echelles),
    )


def bilans_de_pfmp(nombre: int) -> tuple[Alerte, ...]:
    if not nombre:
        return ()
    s = "s" if nombre > 1 else ""
    return (
        Alerte(
            f"Confirmer {nombre} bilan{s} de PFMP",
            f"{'Les tuteurs ont' if s else 'Le tuteur a'} répondu : rien n'entre dans le parcours avant vous.",
            reverse("evaluations:pfmp"),
        ),
    )


def commissions_a_tenir(utilisateur: Personne) -> Iterator[Alerte]:
    """Une requête : les séances ouvertes où la personne siège, ou qu'elle dirige, et ce qui y reste à étudier."""
    siege = Exists(MembreCommission.objects.filter(commission=OuterRef("pk"), utilisateur=utilisateur.pk))
    dirige = Q(classe__centre__in=roles_de(utilisateur).centres_ou({Role.CHEF}))
    reste = Count("propositions", filter=Q(propositions__etat=EtatProposition.A_ETUDIER))
    ouvertes = Commission.objects.visibles_par(utilisateur).filter(siege | dirige, etat=EtatCommission.OUVERTE)
    for commission in ouvertes.select_related("classe").annotate(reste=reste).order_by("date", "pk"):
        nombre = vars(commission)["reste"]
        quoi = f" : {nombre} à étudier" if nombre else ""
        yield Alerte(
            f"Commission de {commission.classe.nom} ouverte{quoi}",
            "Reprendre là où la séance s'était arrêtée." if nombre else "À relire avant la clôture.",
            reverse("certification:commission", args=[commission.classe_id]),
        )


def _dans(classes: Iterable[Classe], centres: Collection[int]) -> list[Classe]:
    return [classe for classe in classes if classe.centre_id in centres]


def _avis_a_revoir(classes: Sequence[Classe]) -> Iterator[Alerte]:
    """Une requête : ce que l'inspection demande de revoir, jusqu'à un autre avis."""
    for avis in avis_a_revoir([classe.pk for classe in classes]) if classes else ():
        situation = avis.situation
        acte = f"Revoir {situation.code}, {situation.classe.nom}"
        yield Alerte(
            acte, f"Avis de l'inspection : {avis.remarque}", reverse("evaluations:situation", args=[situation.pk])
        )


def _situations_sans_avis(classes: Sequence[Classe]) -> Iterator[Alerte]:
    """Une requête : ce que l'inspecteur n'a pas encore lu."""
    nombre = situations_sans_avis([classe.pk for classe in classes]) if classes else 0
    if nombre:
        s = "s" if nombre > 1 else ""
        acte = f"Donner un avis sur {nombre} situation{s} certificative{s}"
        yield Alerte(acte, "L'équipe lit votre avis avant la commission.", reverse("certification:inspection"))


def _situations_manquantes(manques: Iterable[Manque], jour: date) -> Iterator[Alerte]:
    """Avant la fin du CCF, et jusqu'à la fin de l'année si elle est passée."""
    for un in manques:
        if jour <= un.classe.bornes[1]:
            s = "s" if un.nombre > 1 else ""
            yield Alerte(
                f"Prévoir {un.nombre} situation{s} certificative{s} pour {un.epreuve}, {un.classe.nom}",
                f"Il en faut au moins {un.minimum}, {_echeance(un.classe.session.fin_ccf, jour)}.",
                reverse("evaluations:situation_creer", args=[un.classe.pk]),
            )


def _echeance(fin: date | None, jour: date) -> str:
    if fin is None:
        return "et la fin du CCF de cette session n'est pas encore fixée"
    if jour > fin:
        return f"et le CCF est fini depuis le {fin:%d/%m/%Y}"
    semaines = (fin - jour).days // 7
    reste = f"dans {semaines} semaine{'s' if semaines > 1 else ''}" if semaines else "cette semaine"
    return f"et le CCF finit le {fin:%d/%m/%Y}, {reste}"


def _bilans(classes: Sequence[Classe]) -> Iterator[Alerte]:
    """Une requête : les campagnes de ces classes où tout n'est pas formalisé."""
    if not classes:
        return
    noms = {classe.pk: classe.nom for classe in classes}
    lues = avec_avancement(CampagneBilans.objects.filter(classe__in=noms)).order_by("arrete_le", "pk")
    for campagne in lues:
        total, faits, sans_entretien = (vars(campagne)[nom] for nom in ("total", "formalises", "sans_entretien"))
        adresse = reverse("evaluations:campagne", args=[campagne.pk])
        depuis = f"{campagne.intitule}, {noms[campagne.classe_id]}"
        a_finir = total - faits
        if campagne.nature == NatureBilan.INTERMEDIAIRE:
            a_finir -= sans_entretien
            if sans_entretien:
                s = "s" if sans_entretien > 1 else ""
                pourquoi = f"{depuis} : l'entretien est dû à chaque apprenant avant de formaliser."
                yield Alerte(f"Tenir {sans_entretien} entretien{s} de bilan", pourquoi, adresse)
        if a_finir:
            s = "s" if a_finir > 1 else ""
            pourquoi = f"{depuis} : {faits} sur {total} le sont. Un apprenant ne lit que son bilan formalisé."
            yield Alerte(f"Formaliser {a_finir} bilan{s}", pourquoi, adresse)


def _jamais_evaluees(
    classes: Sequence[Classe], jour: date, echelles: Mapping[Cohorte, Echelle | None]
) -> Iterator[Alerte]:
    """Ce que l'échelle attend déjà ; sans échelle publiée, la dernière année seulement, où tout compte."""
    if not classes:
        return
    manquants = apprenants_sans_competence(classes)
    debuts = _debuts_attendus(une.pk for une in echelles.values() if une)
    for classe in classes:
        echelle = echelles.get(_cohorte(classe))
        periode: Periode | None = periode_du(classe, jour)
        dues = {
            code: nombre
            for code, nombre in manquants[classe.pk].items()
            if (
                classe.est_derniere_annee
                if echelle is None or periode is None
                else debuts.get((echelle.pk, code), periode.ordre + 1) <= periode.ordre
            )
        }
        if dues:
            yield _alerte_des_competences(classe, dues, periode if echelle else None)


def _alerte_des_competences(classe: Classe, dues: Mapping[str, int], periode: Periode | None) -> Alerte:
    codes = sorted(dues, key=lambda code: (-dues[code], len(code), code))
    comptes = ", ".join(f"{code} ({dues[code]})" for code in codes[:4])
    autres = f" et {len(codes) - 4} autres" if len(codes) > 4 else ""
    raison = f"l'échelle y attend déjà un niveau en {periode}" if periode else "c'est l'année de la certification"
    quoi = f"{codes[0]}" if len(codes) == 1 else f"{len(codes)} compétences"
    return Alerte(
        f"Évaluer {quoi}, jamais observée{'s' if len(codes) > 1 else ''}, {classe.nom}",
        f"Apprenants concernés : {comptes}{autres} ; {raison}.",
        f"{reverse('evaluations:competences_classe', args=[classe.pk])}?montrer={SANS_PREUVE}",
    )


def _echelles_absentes(classes: Iterable[Classe], echelles: Mapping[Cohorte, Echelle | None]) -> Iterator[Alerte]:
    for classe in classes:
        if echelles.get(_cohorte(classe)) is None:
            yield Alerte(
                f"Publier l'échelle de compétences, {classe.nom}",
                "Sans elle, rien ne dit ce qui est attendu à chaque période : ni repère, ni écart.",
                reverse("evaluations:echelle_classe", args=[classe.pk]),
            )


def _cohorte(classe: Classe) -> Cohorte:
    return classe.centre_id, classe.version_id, cohorte_de(classe)


def _echelles(classes: Sequence[Classe]) -> dict[Cohorte, Echelle | None]:
    """La dernière publiée de chaque cohorte (une requête)."""
    cohortes = {_cohorte(classe) for classe in classes}
    lues = Echelle.objects.filter(publiee_le__isnull=False, centre__in={centre for centre, _, _ in cohortes})
    trouvees: dict[Cohorte, Echelle | None] = dict.fromkeys(cohortes)
    for une in lues.order_by("numero"):
        cle = (une.centre_id, une.version_referentiel_id, une.cohorte)
        if cle in trouvees:
            trouvees[cle] = une
    return trouvees


def _debuts_attendus(echelles: Iterable[int]) -> dict[tuple[int, str], int]:
    """(échelle, compétence) → rang de la première période où quelque chose en est attendu (une requête)."""
    lues = NiveauAttendu.objects.filter(echelle__in=list(echelles), niveau__isnull=False).order_by()
    code = Coalesce("competence__code", "detaillee__competence__code")
    debuts: dict[tuple[int, str], int] = {}
    for echelle, competence, rang in lues.values_list("echelle", code, "periode__ordre").distinct():
        debuts[echelle, competence] = min(rang, debuts.get((echelle, competence), rang))
    return debuts
