"""Export d'une version dans la forme du fichier de faits ; relu par l'import, il redonne la même chose."""

import json
from typing import Any

import yaml
from django.db.models import Prefetch, QuerySet

from referentiel.controle import MAITRISE_PAR_DEFAUT, cle_de_libelle
from referentiel.models import (
    Activite,
    Coefficient,
    Competence,
    CompetenceDetaillee,
    DegreEchelle,
    Epreuve,
    IntituleActivite,
    Ponderation,
    Savoir,
    Tache,
    VersionReferentiel,
)
from referentiel.parts import parts_des_blocs

Arbre = dict[str, Any]
Coupes = dict[str, list[str]]


def exporter_referentiel(version: VersionReferentiel) -> Arbre:
    """L'arbre complet ; le nombre de requêtes ne dépend pas de la taille du référentiel."""
    competences = list(_competences(version))
    blocs = _blocs(version, competences)
    ponderations = _ponderations(version, competences)
    annexes = dict(version.annexes)
    coupes = annexes.pop("textes_coupes", {})
    arbre: Arbre = {
        "diplome": _diplome(version),
        "options": list(version.options.values("code", "intitule").order_by("ordre")),
        "nomenclature_MEF": _mefs(version),
        "blocs": blocs,
        **_epreuves(version),
        "ccf": version.regles_ccf,
        "ponderations": ponderations,
        "parts_des_blocs": parts_des_blocs(blocs, ponderations),
        **_echelles(version),
        **_periodes(version),
        "activites": [_activite(activite, coupes) for activite in _activites(version)],
        "competences": [_competence(competence, coupes) for competence in competences],
        **_lieux_et_supports(version),
        **_complements(version),
        **annexes,
    }
    facultatifs = ("nomenclature_MEF", "ccf")
    return {cle: valeur for cle, valeur in arbre.items() if valeur or cle not in facultatifs}


def en_yaml(arbre: Arbre) -> str:
    return yaml.dump(arbre, Dumper=_SansAlias, allow_unicode=True, sort_keys=False, width=160)


def en_json(arbre: Arbre) -> str:
    return json.dumps(arbre, ensure_ascii=False, indent=2) + "\n"


class _SansAlias(yaml.SafeDumper):
    """L'import refuse les renvois YAML : l'export n'en écrit jamais."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _present(**valeurs: Any) -> Arbre:
    """Les champs facultatifs renseignés seulement."""
    return {cle: valeur for cle, valeur in valeurs.items() if valeur not in (None, "", [], {})}


def _diplome(version: VersionReferentiel) -> Arbre:
    diplome: Arbre = {
        "code": version.diplome.code,
        "intitule": version.intitule,
        "niveau": version.niveau,
        "premiere_session": version.premiere_session,
        "duree_cycle_annees": version.duree_cycle_annees,
    }
    if version.famille_code:
        diplome["famille_de_metiers"] = {
            "code": version.famille_code,
            "intitule": version.famille_intitule,
            **_present(niveau=version.famille_niveau),
        }
    return diplome


def _mefs(version: VersionReferentiel) -> list[Arbre]:
    return [
        {
            "mef": ligne.mef,
            "mefstat11": ligne.mefstat11,
            "niveau": ligne.niveau,
            **_present(famille=ligne.famille),
            "option": ligne.option.code if ligne.option else None,
            **_present(libelle=ligne.libelle, note=ligne.note),
        }
        for ligne in version.mefs.select_related("option")
    ]


def _competences(version: VersionReferentiel) -> QuerySet[Competence]:
    detaillees = CompetenceDetaillee.objects.select_related("option").order_by("ordre")
    return version.competences.order_by("ordre").prefetch_related(
        Prefetch("detaillees", detaillees.prefetch_related("indicateurs", "descripteurs")),
        Prefetch("ponderations", Ponderation.objects.select_related("option").order_by("option__ordre")),
    )


def _competence(competence: Competence, coupes: Coupes) -> Arbre:
    return {
        "code": competence.code,
        **_present(nature=competence.nature),
        "intitule": competence.intitule,
        "detaillees": [_detaillee(detaillee, coupes) for detaillee in competence.detaillees.all()],
    }


def _detaillee(detaillee: CompetenceDetaillee, coupes: Coupes) -> Arbre:
    return {
        **_libelle(detaillee, coupes),
        **_present(
            indicateurs=[indicateur.texte for indicateur in detaillee.indicateurs.all()],
            descripteurs={ligne.niveau: ligne.texte for ligne in detaillee.descripteurs.all()},
        ),
    }


def _libelle(objet: CompetenceDetaillee | Tache, coupes: Coupes) -> Arbre:
    """Code, option et intitulé, coupé là où le fichier d'origine le coupait (voir ObjetLibelle)."""
    option = objet.option.code if objet.option else None
    intitule, *suite = coupes.get(cle_de_libelle(objet.code, option), [objet.intitule])
    return {"code": objet.code, **_present(option=option), "intitule": intitule, **dict.fromkeys(suite)}


def _ponderations(version: VersionReferentiel, competences: list[Competence]) -> dict[str, dict[str, int]]:
    tables: dict[str, dict[str, int]] = {option.code: {} for option in version.options.all()}
    for competence in competences:
        for ponderation in competence.ponderations.all():
            tables[ponderation.option.code][competence.code] = ponderation.poids
    return tables


def _blocs(version: VersionReferentiel, competences: list[Competence]) -> list[Arbre]:
    return [
        {
            "numero": bloc.numero,
            "intitule": bloc.intitule,
            "verbes": bloc.verbes,
            "activite": bloc.activite.code,
            "unite": bloc.unite,
            "epreuve": bloc.epreuve.code,
            "competences": [competence.code for competence in competences if competence.bloc_id == bloc.pk],
        }
        for bloc in version.blocs.select_related("activite", "epreuve").order_by("numero")
    ]


def _epreuves(version: VersionReferentiel) -> Arbre:
    coefficients = Coefficient.objects.select_related("option").order_by("option__ordre")
    epreuves = list(version.epreuves.order_by("ordre").prefetch_related(Prefetch("coefficients", coefficients)))
    return {
        "epreuves": [
            {
                "code": epreuve.code,
                "intitule": epreuve.intitule,
                "coefficient": {ligne.option.code: ligne.valeur for ligne in epreuve.coefficients.all()},
            }
            for epreuve in epreuves
        ],
        "modalites": {epreuve.code: _modalite(epreuve) for epreuve in epreuves},
    }


def _modalite(epreuve: Epreuve) -> Arbre:
    ponctuel = _present(forme=epreuve.ponctuel_forme, duree_minutes=epreuve.ponctuel_duree_minutes)
    return {"ccf": epreuve.a_ccf, **_present(ponctuel=ponctuel)}


def _echelles(version: VersionReferentiel) -> Arbre:
    degres = list(version.degres.order_by("echelle", "niveau"))

    def echelle(cle: DegreEchelle.Echelle) -> list[Arbre]:
        return [
            {
                "niveau": degre.niveau,
                "intitule": degre.intitule,
                **_present(intitule_court=degre.intitule_court, verbe=degre.verbe, note=degre.note),
            }
            for degre in degres
            if degre.echelle == cle
        ]

    maitrise = echelle(DegreEchelle.Echelle.MAITRISE)
    return _present(
        autonomie=echelle(DegreEchelle.Echelle.IMPLICATION),
        niveaux_de_savoirs=echelle(DegreEchelle.Echelle.SAVOIR),
        niveaux_de_maitrise=[] if maitrise == list(MAITRISE_PAR_DEFAUT) else maitrise,
    )


def _periodes(version: VersionReferentiel) -> Arbre:
    periodes = list(version.periodes.order_by("ordre"))
    jalons = [{"apres": periode.intitule, "documents": periode.jalons} for periode in periodes if periode.jalons]
    return {"periodes": [periode.intitule for periode in periodes], **_present(jalons=jalons)}


def _activites(version: VersionReferentiel) -> QuerySet[Activite]:
    return version.activites.order_by("ordre").prefetch_related(
        Prefetch("intitules", IntituleActivite.objects.select_related("option").order_by("option__ordre")),
        Prefetch("taches", Tache.objects.select_related("option").order_by("ordre")),
    )


def _activite(activite: Activite, coupes: Coupes) -> Arbre:
    intitules = {ligne.option.code if ligne.option else None: ligne.intitule for ligne in activite.intitules.all()}
    return {
        "code": activite.code,
        "intitule": intitules.get(None) or intitules,
        "taches": [_libelle(tache, coupes) for tache in activite.taches.all()],
    }


def _lieux_et_supports(version: VersionReferentiel) -> Arbre:
    arbre: Arbre = {}
    for support in version.supports.select_related("option").order_by("option__ordre", "ordre"):
        arbre.setdefault("supports", {}).setdefault(support.option.code, []).append(support.intitule)
    for espace in version.espaces.select_related("option").order_by("option__ordre", "ordre"):
        cle = f"espaces_{espace.option.code}" if espace.option else "espaces"
        arbre.setdefault(cle, []).append(espace.intitule)
    return arbre


def _complements(version: VersionReferentiel) -> Arbre:
    lien = Savoir.competences.through.objects.filter(savoir__version=version).order_by("competence__ordre")
    codes: dict[int, list[str]] = {}
    for savoir_id, code in lien.values_list("savoir_id", "competence__code"):
        codes.setdefault(savoir_id, []).append(code)
    savoirs = [
        {
            "code": savoir.code,
            "intitule": savoir.intitule,
            **_present(niveau=savoir.niveau_savoir),
            "competences": codes[savoir.pk],
        }
        for savoir in version.savoirs.order_by("ordre")
    ]
    correspondances = [
        {
            "referentiel": ligne.referentiel_source,
            "code": ligne.code_source,
            **_present(intitule=ligne.intitule_source),
            "competence": ligne.competence.code,
        }
        for ligne in version.correspondances.select_related("competence").order_by("ordre")
    ]
    return _present(savoirs=savoirs, correspondances=correspondances)
